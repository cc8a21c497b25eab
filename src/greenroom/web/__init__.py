"""The review desk: requests enter, pages and JSON leave. A face like the command line: it decides nothing itself."""
