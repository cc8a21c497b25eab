"""What was done, in the words of every face: an answer of the pipeline enters, lines for a person leave."""

from collections.abc import Mapping, Sequence
from typing import Any

from greenroom.model.pack import Pack

# The names of datasets are English plurals or, for tables of a file, names that count nothing.
_PLURALS = ("subjects", "topics", "papers", "components", "option_groups", "option_exclusions")


def rows_in_words(counts: Mapping[str, int], order: Sequence[str] = ()) -> str:
    """How many rows of what: `1 subject, 43 topics`; in the order given, what is not named last."""
    there = [name for name in counts if counts[name]] or list(counts)
    names = sorted(there, key=lambda name: order.index(name) if name in order else len(order))
    return ", ".join(f"{counts[name]} {in_number(name, counts[name])}" for name in names)


def in_number(name: str, count: int) -> str:
    """The name of a dataset's rows beside a number."""
    if name not in _PLURALS:
        return name
    return (name.removesuffix("s") if count == 1 else name).replace("_", " ")


def counted(counts: Mapping[str, Any]) -> str:
    """What a release wrote, in words: `topics: 5 new, 2 changed, 1 retired`."""
    words = {
        "inserted": "new", "updated": "changed", "deleted": "deleted", "retired": "retired",
        "leaving": "leaving", "adopted": "adopted",
    }  # fmt: skip
    parts = []
    for dataset, numbers in counts.items():
        if isinstance(numbers, Mapping):
            said = [f"{numbers[key]} {word}" for key, word in words.items() if numbers.get(key)]
            parts.append(f"{dataset}: {', '.join(said)}" if said else "")
    return " · ".join(part for part in parts if part) or "nothing to write"


def promoted(pack: Pack, scope: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """The kernel's answer to a promotion, with its datasets in their own order and not in jsonb's."""
    result = dict(result)
    names = [d.name for d in pack.datasets]
    counts = {name: result.pop(name) for name in names if name in result}
    result["written"] = {name: result["written"][name] for name in names if name in result["written"]}
    return {"scope": scope, **{name: n for name, n in counts.items() if n or pack.root}, **result}


def promoted_words(row: Mapping[str, Any]) -> str:
    """What a promotion did, and the command that undoes it."""
    totals = rows_in_words({name: n for name, n in row.items() if isinstance(n, int) and name != "release"})
    lines = [f"{row['scope']}: release {row['release']}: {totals}"]
    if row["written"]:
        lines.append(f"  {counted(row['written'])}")
        kept = sum(v.get("retired", 0) for v in row["written"].values() if isinstance(v, dict))
        if kept:
            lines.append(f"  {kept} rows left but stay readable by id: something points at them")
        lines.append(f"  undo: greenroom rollback {row['release']}")
    elif "prepared" not in row:
        lines.append("  nothing to write: production holds it already")
    prepared = row.get("prepared")
    if prepared:
        lines.append(f"  prepared as release {prepared['release']} because it is live: {counted(prepared)}")
        lines.append(f'  see it in schema preview; land it: greenroom live "{row["scope"]}" on')
    return "\n".join(lines)


def visible_words(row: Mapping[str, Any]) -> str:
    """What the app sees of a scope."""
    prepared = f"; release {row['prepared']} is prepared" if row["prepared"] else ""
    return f"{row['scope']}: {row['live']} of {row['rows']} live{prepared}"


def switched_words(row: Mapping[str, Any]) -> str:
    """What going live, or being hidden, did."""
    word = "shown" if row["on"] else "hidden"
    landed = row["landed"]
    lines = [f"{row['scope']}: {row['switched']} {word}"]
    if landed:
        lines.append(f"  landed release {landed['release']}: {counted(landed['written'])}")
        lines.append(f"  undo: greenroom rollback {landed['release']}")
    return "\n".join(lines)


def undone_words(row: Mapping[str, Any], releases: Sequence[int]) -> str:
    """What a rollback did, and the command that undoes that."""
    return (
        f"{row['scope']}: release {row['release']} undid {', '.join(map(str, releases))}: {counted(row['written'])}"
        f"\n  undo that: greenroom rollback {row['release']}"
    )


def cleaned_words(row: Mapping[str, Any]) -> str:
    """What left an inbox, or would."""
    return (
        f"{row['scope']}: {sum(row['rows'].values())} inbox rows {'would go' if row['dry_run'] else 'gone'}"
        f" ({', '.join(f'{n} {k}' for k, n in row['rows'].items())}); batches and snapshots stay"
    )


def refreshed_words(row: Mapping[str, Any]) -> str:
    """What became of one cache."""
    if row["state"] == "unchanged":
        return f"{row['view']}: unchanged, {row['rows']} rows"
    return f"{row['view']}: refreshed, {row['rows']} rows in {row['seconds']:.1f} s"


def release_words(row: Mapping[str, Any]) -> str:
    """What one release of the list did."""
    if row["kind"] == "live":
        return f"{row['counts'].get('switched', 0)} {'shown' if row['counts'].get('on') else 'hidden'}"
    undone = f"undid {', '.join(map(str, row['undoes']))}: " if row["undoes"] else ""
    return undone + counted(row["counts"])
