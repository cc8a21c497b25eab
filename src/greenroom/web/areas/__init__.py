"""One file for each area of the desk: its answers, its pages, its place in the API. Found by name, listed nowhere."""
