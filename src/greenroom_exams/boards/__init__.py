"""One file, one board: each module's `board` says how that board's documents are read."""
