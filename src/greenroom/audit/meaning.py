"""A check's name enters; a sentence on what its findings mean, and one on what to do, leave."""

from __future__ import annotations

from dataclasses import dataclass

from greenroom.model.pack import Pack


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a finding means, and what to do about it."""

    means: str
    do: str


_CORRECT = "Compare with the source. Correct the row here, or correct the source and stage it again."
_COMPARE = "Compare the row with the source beside it; approve if it is right, correct it if it is not."
_READ_AGAIN = "Look at the source beside it: where it says something else than the row, correct the row."

_KNOWN = {
    "duplicate_key": Meaning("Two rows of this unit have the same key, so one would hide the other.", _CORRECT),
    "orphan": Meaning(
        "The row hangs below another that is not there.",
        "Move it below the right row, or add the one that is missing.",
    ),
    "cycle": Meaning("The row is, over others, its own ancestor.", "Move it below the row it belongs to."),
    "missing_level": Meaning("The row does not say how deep in the tree it stands.", _CORRECT),
    "level_jump": Meaning(
        "The row is not one level below its parent: a row between them may be missing, or its parent is another.",
        _COMPARE,
    ),
    "depth": Meaning("The tree is deeper, or flatter, than such trees are.", "Look at the deepest rows in the tree."),
    "damaged_text": Meaning(
        "The text holds signs that no author writes, such as those of a letter read in a wrong encoding.",
        "Compare with the source, and write the text as it stands there.",
    ),
    "too_few_rows": Meaning(
        "Fewer rows came than such a source has: the source was cut off, or is another.",
        "Look whether the source is whole; stage it again when it is.",
    ),
    "too_many_rows": Meaning(
        "More rows came than such a source has: parts came twice, or it is another.", "Look at the changes."
    ),
    "quarantined": Meaning(
        "Some rows could not be read and were set aside.", "Look at them under Quarantine, with the source beside them."
    ),
    "shrunk": Meaning(
        "A large part of what is published would leave.",
        "Look at the changes: approve if these rows really are gone from the source.",
    ),
    "repeated_rows": Meaning("Many rows of the file repeat others exactly.", "Fetch the file again, and compare."),
    "emptied": Meaning(
        "A column that is published with values came without any: it was renamed, or cut from the file.",
        "Compare the headings of the file with those of the last edition.",
    ),
    "strangers": Meaning(
        "Most names of this period are in no other one: another file, or its codes are written otherwise.",
        "Compare some codes with the source and with the period before.",
    ),
    "rolled_back": Meaning(
        "This very content was published before, and somebody took it back.",
        "Find out why it was rolled back before it goes out again.",
    ),
    "rejected": Meaning(
        "Somebody rejected this content as it stands.", "Correct it, or approve it with a reason that answers theirs."
    ),
    "edit_conflict": Meaning(
        "Somebody corrected this cell, and the source says something else now than what was corrected.",
        "Look at both in the tree, and say which of them holds.",
    ),
    "drift": Meaning(
        "Production was changed by another hand since the last release.", "Keep that change or take it back, first."
    ),
    "unproven_parser": Meaning(
        "The reading of such documents was never proved on a real one.",
        "Compare the whole of it with the source, once.",
    ),
    "witnesses_disagree": Meaning("Two places of the source say different things of the same row.", _READ_AGAIN),
    "numbering_gap": Meaning("The numbers of the source have a gap: a row may have been missed.", _READ_AGAIN),
    "duplicate_code": Meaning("The source gives the same code twice.", _READ_AGAIN),
    "missing_children": Meaning("A heading of the source has nothing below it here.", _READ_AGAIN),
    "missing_title": Meaning("A row came without its title.", _READ_AGAIN),
    "missing_parent": Meaning("A row names a heading that the reading did not find.", _READ_AGAIN),
    "counts_differ": Meaning("The source says how many there are, and another number was found.", _READ_AGAIN),
    "page_missing": Meaning("A page of the document gave nothing.", "Look at the page: is there anything on it?"),
    "listing_incomplete": Meaning(
        "The list says it has more entries than it showed.", "Stage its other pages too, or fetch it again."
    ),
    "loose_text": Meaning("A text stands in the document that no row took.", _READ_AGAIN),
    "stray_words": Meaning("A text stands in the list that no entry took.", _READ_AGAIN),
    "duplicate_paper": Meaning("The same document is listed twice.", _COMPARE),
    "unknown_type": Meaning("A document is of a kind that nobody has described.", "Tell what kind it is, or leave it."),
    "not_a_pdf": Meaning("A listed document is no PDF, and was left out.", _COMPARE),
}

_BY_START = (
    (
        "missing_",
        Meaning(
            "A value that every row must have is empty.",
            "Write what the source says; where it says nothing, it cannot be published.",
        ),
    ),
    ("no_", Meaning("Nothing of this unit is here, nor in production.", "Stage the document that holds it.")),
    ("unknown_", Meaning("The row names something that nobody has described.", _READ_AGAIN)),
    ("unreadable_", Meaning("A part of the source could not be read for certain.", _READ_AGAIN)),
    ("duplicate_", Meaning("The source gives the same thing twice.", _READ_AGAIN)),
)
_BY_END = (
    ("_mismatch", Meaning("Two places of the source say different things of the same row.", _READ_AGAIN)),
    ("_disagree", Meaning("Two places of the source say different things of the same row.", _READ_AGAIN)),
    ("_differ", Meaning("Two places of the source say different things of the same row.", _READ_AGAIN)),
    ("_differs", Meaning("Two places of the source say different things of the same row.", _READ_AGAIN)),
)
_OF_PARSER = Meaning("The reading of the document met something that it did not expect.", _READ_AGAIN)
_OF_CHECK = Meaning("The row answers a check of its dataset badly.", _COMPARE)


def meaning_of(check: str, pack: Pack, *, dataset: str = "", found_by: str = "check") -> Meaning:
    """What findings of this check mean; of a pack's own checks, what their declaration says (in this dataset first)."""
    if check in _KNOWN:
        return _KNOWN[check]
    datasets = sorted(pack.datasets, key=lambda each: each.name != dataset)
    declared = next((c.note for each in datasets for c in each.checks if c.name == check and c.note), "")
    if declared:
        return Meaning(f"{declared[0].upper()}{declared[1:].rstrip('.')}.", _COMPARE)
    for start, meaning in _BY_START:
        if check.startswith(start):
            return meaning
    for end, meaning in _BY_END:
        if check.endswith(end):
            return meaning
    return _OF_PARSER if found_by == "parser" else _OF_CHECK
