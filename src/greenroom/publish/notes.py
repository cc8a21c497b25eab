"""Change notes for people: counted changes of a release enter, sentences in English and French leave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = ("en", "fr")

# In the order in which a reader wants to hear of them.
KINDS = ("renamed", "renumbered", "added", "moved", "removed", "revived", "reordered", "other")


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows of one dataset in one unit something happened to."""

    unit: str
    dataset: str
    kind: str
    n: int


# Singular, plural, and for French whether the word is feminine.
_NOUNS: dict[Language, dict[str, tuple[str, str, bool]]] = {
    "en": {
        "subjects": ("subject", "subjects", False),
        "topics": ("topic", "topics", False),
        "papers": ("paper", "papers", False),
        "components": ("component", "components", False),
        "option_groups": ("option group", "option groups", False),
        "option_exclusions": ("excluded combination", "excluded combinations", False),
        "": ("row", "rows", False),
    },
    "fr": {
        "subjects": ("matière", "matières", True),
        "topics": ("thème", "thèmes", False),
        "papers": ("document", "documents", False),
        "components": ("composante", "composantes", True),
        "option_groups": ("groupe d’options", "groupes d’options", False),
        "option_exclusions": ("combinaison exclue", "combinaisons exclues", True),
        "": ("ligne", "lignes", True),
    },
}

_DONE_EN = {
    "renamed": "renamed",
    "renumbered": "renumbered",
    "added": "new",
    "moved": "moved",
    "removed": "removed",
    "revived": "back again",
    "reordered": "reordered",
    "other": "changed",
}

# Masculine singular and plural, feminine singular and plural.
_DONE_FR = {
    "renamed": ("renommé", "renommés", "renommée", "renommées"),
    "renumbered": ("renuméroté", "renumérotés", "renumérotée", "renumérotées"),
    "added": ("nouveau", "nouveaux", "nouvelle", "nouvelles"),
    "moved": ("déplacé", "déplacés", "déplacée", "déplacées"),
    "removed": ("retiré", "retirés", "retirée", "retirées"),
    "revived": ("rétabli", "rétablis", "rétablie", "rétablies"),
    "reordered": ("réordonné", "réordonnés", "réordonnée", "réordonnées"),
    "other": ("modifié", "modifiés", "modifiée", "modifiées"),
}

_NOTHING = {"en": "nothing changed", "fr": "aucun changement"}


def written(scope: str, counted: Iterable[Counted], language: Language) -> list[str]:
    """One line a unit: `AQA GCSE Biology: 3 topics renamed, 1 new, 2 moved`; one line where nothing changed."""
    ordered = sorted((c for c in counted if c.n), key=lambda c: c.unit)
    colon = ":" if language == "en" else "\u00a0:"
    lines = [
        f"{' '.join(filter(None, (scope, unit)))}{colon} {_of_unit(list(mine), language)}"
        for unit, mine in groupby(ordered, key=lambda c: c.unit)
    ]
    return lines or [f"{scope}{colon} {_NOTHING[language]}"]


def undone(scope: str, releases: Sequence[int], language: Language) -> str:
    """That a release takes others back."""
    numbers = ", ".join(map(str, releases))
    if language == "en":
        return f"{scope}: takes back release{'s' if len(releases) > 1 else ''} {numbers}"
    return f"{scope}\u00a0: annule {'les publications' if len(releases) > 1 else 'la publication'} {numbers}"


def switched(scope: str, n: int, *, on: bool, language: Language) -> str:
    """That subjects were shown in the app, or hidden from it."""
    if language == "en":
        what = f"{number(n, language)} subject{'' if n == 1 else 's'}"
        return f"{scope}: {what} {'shown in' if on else 'hidden from'} the app"
    plural = "" if n < 2 else "s"
    shown = f"affichée{plural} dans l’application" if on else f"masquée{plural} de l’application"
    return f"{scope}\u00a0: {number(n, language)} matière{plural} {shown}"


def number(n: int, language: Language) -> str:
    """As the language groups digits: 1,234 or 1 234 with a narrow blank that does not break."""
    return f"{n:,}" if language == "en" else f"{n:,}".replace(",", "\u202f")


def _of_unit(counted: list[Counted], language: Language) -> str:
    nouns = _NOUNS[language]
    said = []
    # datasets in the order in which they came: that of their references
    for dataset in dict.fromkeys(c.dataset for c in counted):
        mine = sorted((c for c in counted if c.dataset == dataset), key=lambda c: KINDS.index(c.kind))
        singular, plural, is_feminine = nouns.get(dataset, nouns[""])
        for place, each in enumerate(mine):
            noun = (singular if _is_one(each.n, language) else plural) if place == 0 else ""
            said.append(_one(each, noun, language, is_feminine=is_feminine))
    return ", ".join(said)


def _one(each: Counted, noun: str, language: Language, *, is_feminine: bool) -> str:
    count = number(each.n, language)
    if language == "en":
        # "1 new topic", but "3 topics renamed"
        words = (_DONE_EN[each.kind], noun) if each.kind == "added" else (noun, _DONE_EN[each.kind])
        return " ".join(filter(None, (count, *words)))
    done = _DONE_FR[each.kind][2 * is_feminine + (not _is_one(each.n, language))]
    words = (done, noun) if each.kind == "added" and noun else (noun, done)
    return " ".join(filter(None, (count, *words)))


def _is_one(n: int, language: Language) -> bool:
    # French counts nought as one
    return n == 1 or (language == "fr" and n == 0)
