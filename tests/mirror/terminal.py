"""`python -m tests.mirror.terminal ORIGIN CODE VERB …`: the command line, with the mirror for a board."""

import sys

from tests.mirror import board

from greenroom.cli.app import run

if __name__ == "__main__":
    board.install(sys.argv[1], sys.argv[2])
    sys.exit(run(sys.argv[3:]))
