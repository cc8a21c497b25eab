"""A terminal on a database of its own, as the command line's tests have it."""

from tests.cli.conftest import exams, schools, shell

__all__ = ["exams", "schools", "shell"]
