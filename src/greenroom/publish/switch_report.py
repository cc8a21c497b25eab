"""What a switch-over found enters; one page leaves that loads nothing and runs nothing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from greenroom.publish.switch import Aftermath, Compared, Examined, Meaning

if TYPE_CHECKING:
    from jinja2 import Environment

# Names come by the thousand where a schema of functions joins or leaves the path; their number is always told.
NAMES_SHOWN = 300


def render_html(examined: Examined, aftermath: Aftermath, *, switch: int | None, is_dry_run: bool) -> str:
    """The comparison before and after, the sessions, what overrides, and a verdict."""
    by_kind = {what: [m for m in examined.meanings if m.what == what] for what in ("gone", "other", "new")}
    return (
        _environment()
        .get_template("switch.html")
        .render(
            seen=examined,
            now=aftermath,
            switch=switch,
            is_dry_run=is_dry_run,
            verdict=verdict(examined, switch=switch, is_dry_run=is_dry_run),
            made_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            outcomes=Counter(each.outcome for each in examined.compared),
            paces=Counter(each.pace for each in examined.compared if each.pace),
            most=max(
                (t for each in examined.compared for t in (*each.before.times_ms, *each.after.times_ms)), default=1
            ),
            names=by_kind,
            names_shown=NAMES_SHOWN,
        )
    )


def verdict(examined: Examined, *, switch: int | None, is_dry_run: bool) -> tuple[str, str]:
    """The state in one word for colours, and in words."""
    broken = sum(each.outcome == "broken" for each in examined.compared)
    if broken and switch is None:
        return "held", f"held: {broken} {'query' if broken == 1 else 'queries'} would break"
    if switch is not None:
        return "ready", f"switched over, number {switch}"
    if examined.is_switched:
        return "ready", "switched over already"
    return ("ready", "may be switched over") if is_dry_run else ("empty", "not switched")


def in_words(each: Compared) -> str:
    """What the switch means for one query."""
    words = {
        "same": "the same rows",
        "reordered": "the same rows in another order",
        "differs": "other rows",
        "found": "found only on the new path",
        "broken": "would break",
        "fails": "fails on both paths",
    }[each.outcome]
    if each.outcome in ("differs", "reordered") and each.is_by_chance:
        words += "; it has a limit and no order, so that chance decides"
    return words


def moved(meaning: Meaning) -> str:
    """One name and what it means before and after."""
    words = f"{meaning.kind} {meaning.name}: {meaning.before or 'not found'} → {meaning.after or 'not found'}"
    return words + (f" (lacks {', '.join(meaning.lacks)})" if meaning.lacks else "")


def visible(text: object) -> str:
    """With every character that cannot be seen named by its number: names come from whoever made them."""
    return "".join(c if c.isprintable() else f"⟨U+{ord(c):04X}⟩" for c in str(text))


def milliseconds(value: float | None) -> str:
    """A time, with as many digits as mean something."""
    if value is None:
        return "–"
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.3g} ms"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"visible": visible, "ms": milliseconds, "said": in_words, "moved": moved}
    return environment


def _template(name: str) -> str:
    # One style for all pages.
    step = "audit" if name.startswith("_") else "publish"
    return files("greenroom").joinpath(step, "templates", name).read_text("utf-8")
