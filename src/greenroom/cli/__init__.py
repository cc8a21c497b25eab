"""The command line: one verb per step, in pipeline order. Words enter, lines and an exit code leave."""

import sys


def main() -> None:
    """Run a verb; every error of ours ends here as one line of cause and one of cure."""
    from greenroom.cli.app import run

    sys.exit(run(sys.argv[1:]))
