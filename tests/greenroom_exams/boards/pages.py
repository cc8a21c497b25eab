"""The made-up pages of tests/pages."""

from pathlib import Path

FOLDER = Path(__file__).parents[2] / "pages"


def made_up(name: str) -> bytes:
    """The bytes of a made-up page."""
    return (FOLDER / name).read_bytes()
