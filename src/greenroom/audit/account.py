"""The account of a run (a plain mapping) becomes one self-contained page: what came, what did not, and why."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

from jinja2 import Environment, FunctionLoader, StrictUndefined

SIGNS = {
    "loaded": "✓", "unchanged": "=", "kept": "=", "ready": "○",
    "held": "‖", "missing": "?", "failed": "✕", "stopped": "✕",
}  # fmt: skip
CLASSES = {
    "loaded": "added", "unchanged": "other", "kept": "other", "ready": "added", "held": "warning", "missing": "warning",
    "failed": "error", "stopped": "error",
}  # fmt: skip


def render_html(account: Mapping[str, Any]) -> str:
    """`account` is what `greenroom run --json` prints."""
    environment = Environment(
        loader=FunctionLoader(_template), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["grouped"] = lambda n: f"{n:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    rows = [row | {"files": [_read(file) for file in row["files"]]} for row in account["tables"]]
    return environment.get_template("account.html").render(account=account, rows=rows, signs=SIGNS, classes=CLASSES)


def _read(file: Mapping[str, Any]) -> dict[str, Any]:
    """A file with what is worth telling of how it was read."""
    reading = file["reading"]
    told = [
        *(f"{n:,} lines left out: {why}" for why, n in reading.get("left_out", {}).items()),
        *([f"columns nobody knows: {', '.join(reading['unknown'])}"] if reading.get("unknown") else []),
        *reading.get("notes", []),
    ]
    return dict(file) | {
        "name": unquote(file["address"].rsplit("/", 1)[-1]),
        "form": reading.get("form", ""),
        "told": told,
    }


def _template(name: str) -> str:
    return files("greenroom.audit").joinpath("templates", name).read_text(encoding="utf-8")
