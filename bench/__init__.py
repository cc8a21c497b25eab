"""How fast, how big, how far from the peers: every timed result is checked in the same run."""
