"""Declarations of a pack enter, plain SQL text leaves. Pure: touches no database.

Names and types come from declarations only; they are checked to be plain identifiers and
types before anything is composed, so nothing a source or a user wrote can reach this text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import SimpleNamespace as Names
from typing import TYPE_CHECKING

from greenroom.db import plain
from greenroom.db.statements import split
from greenroom.model.column import Column
from greenroom.model.dataset import Dataset
from greenroom.model.errors import DeclarationError
from greenroom.model.pack import Pack

if TYPE_CHECKING:
    from jinja2 import Environment

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_TYPE = re.compile(r"[a-z][a-z0-9 ]*(\(\d+(, ?\d+)?\))?(\[\])?")

# What a cleaned text must look like before it may be cast. Casting alone would take 'NaN',
# 'infinity' or 'today' for values.
_SHAPES = {
    "integer": r"^[+-]?\d{1,9}$",
    "bigint": r"^[+-]?\d{1,18}$",
    "smallint": r"^[+-]?\d{1,4}$",
    "double precision": r"^[+-]?\d+(\.\d+)?([eE][+-]?\d{1,2})?$",
    "real": r"^[+-]?\d+(\.\d+)?$",
    "numeric": r"^[+-]?\d+(\.\d+)?$",
    "boolean": r"^(true|false|t|f|1|0|oui|non)$",
    # an array as PostgreSQL writes one of texts: {a,"b c"}
    "text[]": r'^\{(("([^"\\]|\\.)*"|[^",{}\\\s][^",{}\\]*)(,("([^"\\]|\\.)*"|[^",{}\\\s][^",{}\\]*))*)?\}$',
    "date": r"^(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$",
}
# Templates that are compiled once for each dataset, in this order: what waits, what becomes of it, who corrects it.
_OF_ONE_DATASET = (
    *("measure", "check", "resolve", "diff", "apply"),
    *("rows", "lineage", "overlay", "rebase", "reopen", "change"),
    *("preview", "triggers"),
)
_NUMBERS = ("integer", "bigint", "smallint", "double precision", "real", "numeric")


# What text looks like that was decoded as another encoding, or lost characters on its way.
_DAMAGE = r"U&'(\FFFD|[\0001-\0008\000B\000C\000E-\001F]|Ã[\0080-\00BF]|Â[\00A0-\00BF]|â€|[\202A-\202E\2066-\2069])'"


def rewrite(text: str, default: str, actual: str) -> str:
    """Put another schema in the place of a pack's default one.

    Files are written for the default schema, its name in double quotes; only exactly that
    token is replaced.
    """
    return text.replace(f'"{default}"', f'"{_identifier(actual)}"')


@cache
def pack_sql(pack: Pack, schema: str) -> str:
    """All functions and views of a pack: what `migrate` runs after the migrations."""
    return "\n".join(_parts(pack, schema))


def shape_sql(pack: Pack, name: str) -> str:
    """The query of a form's shape, for the schema this database has the pack in."""
    return _own(pack, pack.sql_folder().joinpath("shapes", name).read_text(encoding="utf-8"), pack.schema)


def _own(pack: Pack, text: str, schema: str) -> str:
    """A file of the pack as it reads in this installation."""
    text = rewrite(text, pack.file_schema, pack.reads or schema)
    return text.replace(f"greenroom_{pack.copy_of}.", f"{pack.compiled_schema}.") if pack.copy_of else text


def _without_foreign(text: str, schema: str) -> str:
    """Without what it makes in a schema that belongs to the first installation."""
    made_there = re.compile(rf'(create|comment|alter|drop|grant|revoke) [a-z ]*"{_identifier(schema)}"\.')
    return "".join(f"{each.text};\n" for each in split(text) if not made_there.match(each.words))


def dataset_sql(pack: Pack, dataset: Dataset, schema: str) -> str:
    """What runs for one dataset, for a reader of `greenroom sql`."""
    context = _dataset(pack, dataset, schema)
    names = ("batch", "effective", *_OF_ONE_DATASET)
    return "\n".join(_render(pack, name, schema, d=context) for name in names)


def table_sql(pack: Pack, dataset: Dataset, schema: str) -> str:
    """The published table of a dataset, made from its declaration."""
    return _render(pack, "table", schema, d=_dataset(pack, dataset, schema))


def batch_sql(pack: Pack, dataset: Dataset) -> str:
    """The tables of sealed rows and of prepared plans of a dataset."""
    return _render(pack, "batch", pack.schema, d=_dataset(pack, dataset, pack.schema))


def sealed_hash_sql(pack: Pack, dataset: Dataset) -> str:
    """The hash of sealed rows as they stand now, unit by unit, of the units given as a parameter."""
    d = _dataset(pack, dataset, pack.schema)
    return (
        f"select b.unit_id, {d.hash_batch} from greenroom.batch_{d.name} as b"
        " where b.unit_id = any (%s::bigint[]) group by b.unit_id"
    )


def batch_columns(pack: Pack, dataset: Dataset) -> Mapping[str, Mapping[str, str]]:
    """Column types expected in `batch_<name>`, `edited_<name>` and `prepared_<name>`, by table."""
    d = _dataset(pack, dataset, pack.schema)
    return {
        f"batch_{dataset.name}": {c.name: c.type for c in d.natural},
        f"edited_{dataset.name}": {c.name: c.type for c in d.natural},
        f"prepared_{dataset.name}": {c.name: c.type for c in d.plan_columns},
    }


def published_columns(pack: Pack, dataset: Dataset) -> Mapping[str, str]:
    """Column types expected in the published table."""
    d = _dataset(pack, dataset, pack.schema)
    return {c.name: c.type for c in d.table_columns} | ({"id": "uuid"} if d.by_id else {})


def _parts(pack: Pack, schema: str) -> Iterator[str]:
    yield _render(pack, "schema", schema)
    contexts = [_dataset(pack, d, schema) for d in pack.datasets]
    for context in contexts:
        yield _render(pack, "effective", schema, d=context)
    for name, text in _pack_files(pack):
        if name < "50":
            own = _own(pack, text, schema)
            yield _without_foreign(own, pack.reads) if pack.reads else own
    for context in contexts:
        for name in _OF_ONE_DATASET:
            # Schema preview shows what the app will read: the first installation.
            if name != "preview" or not pack.copy_of:
                yield _render(pack, name, schema, d=context)
    if pack.landing == "inbox":
        yield _render(pack, "seal_inbox", schema, datasets=contexts)
    else:
        for dataset, context in zip(pack.datasets, contexts, strict=True):
            if dataset.current_of is None:
                current = next((c for c in contexts if c.current_of == dataset.name), None)
                yield _render(pack, "seal_file", schema, d=context, current=current)
    for name in ("gate", "promote", "live", "edits", "undo", "between"):
        yield _render(pack, name, schema, datasets=contexts)
    if pack.landing == "file":
        registry = [_registered(pack, dataset, schema) for dataset in pack.datasets]
        for name in ("registry", "caches"):
            yield _render(pack, name, schema, registry=registry, quoted_schema=f'"{_identifier(schema)}"')
    for name, text in _pack_files(pack):
        if name >= "50" and not pack.copy_of:
            yield rewrite(text, pack.file_schema, schema)


def _registered(pack: Pack, dataset: Dataset, schema: str) -> Names:
    """What the declaration says of a table and its source, as SQL literals."""
    group = dataset.group or dataset.name
    base = next((d for d in pack.datasets if d.name == dataset.current_of), dataset)
    sources = [s for s in pack.sources if s.dataset in (base.name, group)]
    first = sources[0] if sources else None
    return Names(
        dataset=_literal(dataset.name),
        group=_literal(group),
        table=_literal(dataset.table),
        full_table=f'"{_identifier(schema)}".{_identifier(dataset.table)}',
        beside=str(dataset.beside).lower(),
        derived=str(base.derive is not None).lower(),
        current_of=_literal(dataset.current_of) if dataset.current_of else "null",
        optional=str(not sources or all(s.optional for s in sources)).lower(),
        title=_literal(first.title) if first else "null",
        owner=_literal(first.owner) if first else "null",
        licence=_literal(first.licence) if first else "null",
        address=_literal(first.urls[0]) if first and first.urls else "null",
        where=_literal(first.where) if first and first.where else "null",
        months="{" + ",".join(str(m) for m in (first.months if first else ())) + "}",
        every_years=first.every_years if first else 1,
        # the column whose highest value is the date of the data, where the unit's key does not tell it
        period=_identifier(dataset.period) if dataset.period else (base.unit[0] if dataset is not base else None),
        has_period=str(dataset.period != "").lower(),
    )


def _pack_files(pack: Pack) -> list[tuple[str, str]]:
    folder = pack.sql_folder()
    if not folder.is_dir():
        return []
    found = [(f.name, f.read_text(encoding="utf-8")) for f in folder.iterdir() if f.name.endswith(".sql")]
    return sorted(found)


def _render(pack: Pack, template: str, schema: str, **context: object) -> str:
    root = next((_dataset(pack, d, schema) for d in pack.datasets if d is pack.root), None)
    leaf = next((d.name for d in pack.datasets if d.tree), None)
    return (
        _environment()
        .get_template(f"{template}.sql")
        .render(
            S=pack.compiled_schema,
            pack=pack.name,
            home=_identifier(schema),
            landing=pack.landing,
            root=root,
            leaf=leaf,
            never_waived=_never_waived(pack),
            **context,
        )
    )


def _never_waived(pack: Pack) -> list[str]:
    """Checks that production's own columns insist on."""
    required = {c.name for d in pack.datasets for c in d.source_columns if c.required}
    return [f"missing_{name}" for name in sorted(required)]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    folder = files("greenroom").joinpath("sql", "templates")

    def load(name: str) -> str:
        return folder.joinpath(name).read_text(encoding="utf-8")

    # SQL, not HTML: autoescape would damage it; values never enter, only checked names do.
    return Environment(
        loader=FunctionLoader(load),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _dataset(pack: Pack, dataset: Dataset, schema: str) -> Names:
    """Everything a template says about one dataset, by the names the templates use."""
    _validate(pack, dataset)
    table = f'"{_identifier(schema)}".{_identifier(dataset.table)}'
    is_root = dataset is pack.root
    by_id = dataset.identity == "id"
    reference = next((r for r in dataset.references if pack.root and r.to == pack.root.name), None)
    root_column = reference.into if reference else ""
    tree = dataset.tree
    identity = ["id"] if by_id else list(dataset.key)
    natural = [_natural(pack, c) for c in dataset.source_columns]
    pub = _published(dataset, natural, reference.into if reference else None)
    life = [Names(name=c.name, type=c.type, default=c.default or "null") for c in dataset.lifecycle_columns]
    plan_source = (["id"] if by_id else []) + [c.name for c in pub]
    row_keys = _row_keys(dataset)
    record = [(c.name, c.type) for c in natural]
    later = sum(c.later for c in dataset.source_columns)
    lookups = [Names(table=f'"{schema}".{_identifier(v.table)}', by=v.by, into=v.into) for v in dataset.lookups]
    return Names(
        name=_identifier(dataset.name),
        table=table,
        table_regclass=table.replace("'", "''"),
        bare_table=dataset.table,
        is_root=is_root,
        by_id=by_id,
        tree=tree,
        current_of=dataset.current_of,
        live=dataset.live,
        current=dataset.current,
        bounds=dataset.bounds,
        checks=[Names(name=c.name, text=_check_text(pack, c.query, schema)) for c in dataset.checks],
        lookups=lookups,
        root_column=root_column,
        identity=identity,
        natural=natural,
        required=[c for c in natural if c.required and pack.landing == "inbox"],
        texts=[n for n, c in zip(natural, dataset.source_columns, strict=True) if _is_shown(c)],
        damage=_DAMAGE,
        withheld=any(c.computed for c in natural),
        pub=pub,
        pub_settable=[c for c in pub if by_id or c.name not in identity],
        life=life,
        plan_source=plan_source,
        plan_columns=[
            Names(name="op", type="text"),
            *([Names(name="id", type="uuid")] if by_id else []),
            *pub,
            *life,
            Names(name="stamp_created_at", type="timestamptz"),
            Names(name="stamp_release_id", type="bigint"),
        ],
        row_key_columns=row_keys,
        unit=list(dataset.unit),
        emptiable=[
            c.name for c in natural if not (c.required or c.computed or c.name in dataset.key or dataset.derive)
        ],
        # what a row is about, whatever the period
        entity=[k for k in dataset.key if k not in dataset.unit] if dataset.unit and not dataset.scope else [],
        key_label=_label("b", row_keys),
        key_text_b=_label("b", row_keys),
        unit_of_b=_array("b", dataset.unit),
        # a record's text tells null from empty, and unlike `is not distinct from` it can be hashed
        row_text_b=_record_text(dataset, "b", row_keys),
        row_text_p=_record_text(dataset, "p", row_keys),
        same_row=_same_row(dataset, row_keys),
        member_unit=_member(dataset, is_root, root_column, root="o.root_id", key="u.key"),
        member_touched=_member(dataset, is_root, root_column, root="t.root_id", key="t.key"),
        p_identity=f"p.{identity[0]}",
        p_identity_text=_array("p", identity),
        pl_identity=_array("pl", identity),
        pl_root=f"pl.{root_column}" if root_column else ("pl.id" if is_root else "null::uuid"),
        p_label=_label("p", _label_columns(dataset, pub)),
        pl_label=_label("pl", _label_columns(dataset, pub)),
        p_json=_json("p", dataset, pub),
        pl_json=_json("pl", dataset, pub),
        hash_landed=_hash([f"i.{n}::{t}" for n, t in record], later),
        hash_slice=_hash([f"i.{n}" for n, _ in record], later, only="i.problem is null"),
        hash_batch=_hash([f"b.{n}" for n, t in record], later),
        hash_published=_hash([_published_value(dataset, n, t) for n, t in record], later, f"p.{identity[0]}"),
        sealed_values=[f"b.{n}" for n, _ in record],
        published_values=[_published_value(dataset, n, t) for n, t in record],
        p_is_r=_on("p", "r", identity),
        p_is_pl=_on("p", "pl", identity),
        p_is_l=_on("p", "l", identity),
        l_is_pl=_on("l", "pl", identity),
        t_is_l=_on("t", "l", identity),
        p_is_f=_on("p", "f", identity),
        p_is_image=_on_image(dataset, identity),
        trigger_arguments=_trigger_arguments(pack, dataset, is_root, root_column, identity),
        all_columns=[
            *(["id"] if by_id else []),
            *(c.name for c in pub),
            *(c.name for c in life),
            "created_at",
            "updated_at",
            "release_id",
        ],
        preview=_preview(pub, life, by_id),
        table_columns=_table_columns(dataset, pub, identity),
        comment=_literal(dataset.note or dataset.name),
        **_of_edits(pack, dataset, natural, is_root=is_root, row_keys=row_keys),
        **(_of_file(pack, dataset, natural, row_keys) if pack.landing == "file" else {}),
    )


def _of_file(pack: Pack, dataset: Dataset, natural: list[Names], row_keys: list[str]) -> dict[str, object]:
    """What only the sealing of files needs."""
    given = [c for c in dataset.source_columns if c.name != "withheld"]
    unit = [dataset.column(name) for name in dataset.unit]
    record = [(c.name, c.type) for c in natural]
    return {
        "plain": plain.condition(given, pack.plain, [c for c in given if _is_shown(c)]),
        "plain_unit": plain.condition(unit, pack.plain, []),
        "plain_unit_key": f"array[{', '.join(f'{plain.value(c)}::text' for c in unit)}]::text[]",
        "unit_of_g": _array("g", dataset.unit),
        "unit_in_key": set(dataset.unit) <= set(dataset.key),
        "unit_columns": [
            # only a plain comparison can be hashed
            Names(
                name=c.name,
                given=plain.given(c),
                type=c.type,
                place=n,
                same="=" if c.required else "is not distinct from",
            )
            for n, c in enumerate(unit, start=1)
        ],
        "counted": [c for c in natural if c.missing or c.clean],
        "hash_of_h": _hash_of("h.record"),
        "record_batch": _record([f"b.{n}" for n, _ in record]),
        "record_published": _record([_published_value(dataset, n, t) for n, t in record]),
        "record_key": _record([f"b.{k}" for k in dict.fromkeys((*dataset.unit, *row_keys))]),
    }


def _of_edits(
    pack: Pack, dataset: Dataset, natural: list[Names], *, is_root: bool, row_keys: list[str]
) -> dict[str, object]:
    """What only corrections need: which row is which, and which of its cells a person may give."""
    tree = dataset.tree
    # rows that keep an id of their own go by it; others go by their key
    lineage = dataset.identity == "id" and not is_root
    base = next((d for d in pack.datasets if d.name == dataset.current_of), dataset)
    keys = list(row_keys) if base is dataset else _row_keys(base)
    fixed = set(dataset.unit) | ({tree.parent, *filter(None, (tree.order,))} if tree else set())
    if not lineage:
        fixed |= set(keys)
    editable = [c for c in natural if not c.computed and c.name not in fixed]
    structural = [tree.code, tree.parent, tree.level, *filter(None, (tree.order,))] if tree else []
    # what people call a row
    called = [
        n for n in (*dataset.label, *([tree.code, tree.name] if tree else [])) if any(c.name == n for c in natural)
    ]
    called = called or list(row_keys)
    by_key = "'root'" if is_root else f"{_array('{0}', keys)}::text"

    def ref(alias: str, place: str) -> str:
        return (
            f"coalesce({place}.id::text, pg_catalog.format('row:%s:%s', {alias}.unit_id, {alias}.row_no))"
            if lineage
            else by_key.replace("{0}", alias)
        )

    def traced(alias: str, place: str) -> str:
        joined = f"{place}.unit_id = {alias}.unit_id and {place}.row_no = {alias}.row_no"
        return f"    left join greenroom.lineage as {place} on {joined}" if lineage else ""

    return {
        "lineage": lineage,
        "is_derived": dataset.derive is not None,
        "editable": editable,
        # what can be read from a person's hand: what is edited, and the keys of a row that is added
        "readable": [c for c in natural if not c.computed and (c in editable or (c.name in keys and not is_root))],
        "short": [*keys, *([tree.code] if tree else [])],
        "structural": f"array[{', '.join(_literal(n) for n in structural)}]::text[]",
        "key_names": ", ".join(_literal(k) for k in keys),
        "kind_of": {c: dataset.column(c).type for c in dataset.unit if any(n.name == c for n in natural)},
        "wanted": [
            c.name
            for c in natural
            if not c.computed
            and (c.required or (not lineage and c.name in keys))
            and not (tree and c.name in (tree.parent, tree.level))
            and not (lineage and c.name in dataset.unit)
        ],
        "ref_b": ref("b", "own"),
        "ref_e": ref("e", "owned"),
        "ref_bare_b": by_key.replace("{0}", "b"),
        "lineage_b": traced("b", "own"),
        "lineage_e": traced("e", "owned"),
        "label_b": _label("b", called),
        "label_e": _label("e", called),
        "edits_of_u": f"e.dataset = {_literal(base.name)}" + ("" if base is not dataset else " and e.unit_key = u.key"),
        "edits_of_w": f"e.dataset = {_literal(base.name)}" + ("" if base is not dataset else " and e.unit_key = w.key"),
        **{f"row_json_{alias}": _row_json(alias, natural) for alias in ("b", "e", "r")},
    }


def _row_json(alias: str, natural: list[Names]) -> str:
    """A row's source columns as JSON."""
    return f"(select pg_catalog.to_jsonb(x) from (select {', '.join(f'{alias}.{c.name}' for c in natural)}) as x)"


def _is_shown(column: Column) -> bool:
    """Whether a text stands where every reader sees it."""
    return column.type == "text" and (column.required or column.name == "title")


def _natural(pack: Pack, column: Column) -> Names:
    """One source column, with the expressions that read it from text."""
    missing = ", ".join(_literal(m.lower()) for m in column.missing)
    text = f"nullif(pg_catalog.btrim(l.{column.name}), '')"
    raw = (
        f"case when pg_catalog.lower(pg_catalog.btrim(l.{column.name})) in ({missing}) then null else {text} end"
        if missing
        else text
    )
    guard = "" if column.name == "withheld" else _guard(column)
    return Names(
        name=column.name,
        type=column.type,
        required=column.required,
        missing=column.missing,
        clean=column.clean,
        computed=column.name == "withheld",
        raw=raw,
        cleaned=_cleaned(pack, column, f"r.{column.name}"),
        cleaned_from_landing=_cleaned(pack, column, f"l.{column.name}"),
        guard=guard,
        given=plain.given(column),
        plain=plain.value(column),
        plain_withheld=plain.withheld(column) if column.missing else "",
    )


def _cleaned(pack: Pack, column: Column, value: str) -> str:
    if column.clean:
        return f"{pack.compiled_schema}.clean_{_identifier(column.clean)}({value})"
    base = column.type.split("(")[0]
    if base in ("integer", "bigint", "smallint"):
        # whole numbers are published as 583.0 by portals that count in floats
        return f"pg_catalog.regexp_replace({value}, '[.,]0+$', '')"
    if base in _NUMBERS:
        return f"pg_catalog.replace({value}, ',', '.')"
    if base == "boolean":
        # the server knows neither word
        spoken = f"pg_catalog.lower({value})"
        return f"case {spoken} when 'oui' then 'true' when 'non' then 'false' else {spoken} end"
    return value


def _guard(column: Column) -> str:
    tests = []
    base = column.type.split("(")[0]
    if column.pattern:
        tests.append(f"v.{column.name} ~ {_literal(column.pattern)}")
    if base == "numeric" and "(" in column.type:
        digits, scale = (int(x) for x in re.findall(r"\d+", column.type))
        tests.append(f"v.{column.name} ~ '^[+-]?\\d{{1,{digits - scale}}}(\\.\\d+)?$'")
        # 999.999 has three digits too, until it is rounded
        tests.append(f"pg_catalog.abs(pg_catalog.round(v.{column.name}::numeric, {scale})) < {10 ** (digits - scale)}")
    elif base in _SHAPES:
        tests.append(f"v.{column.name} ~ {_literal(_SHAPES[base])}")
        if base == "date":
            # no month is longer than it is: the cast would fail the whole file
            tests.append(
                f"pg_catalog.right(v.{column.name}, 2)::integer <= pg_catalog.date_part('day',"
                f" (pg_catalog.left(v.{column.name}, 7) || '-01')::date + interval '1 month' - interval '1 day')"
            )
    elif column.clean:
        tests.append(f"v.{column.name} is not null")
    return " and ".join(tests)


def _published(dataset: Dataset, natural: list[Names], root_column: str | None) -> list[Names]:
    """The source columns as the published table has them: names replaced by ids."""
    columns = [Names(name=v.into, type="uuid", resolved=f"{v.into}_row.id") for v in dataset.lookups]
    if root_column:
        owner = "n.root_id" if dataset.tree else "e.root_id"
        columns.append(Names(name=root_column, type="uuid", resolved=owner))
    if dataset.tree:
        columns.append(Names(name=dataset.tree.into, type="uuid", resolved="parent.id"))
    parent = dataset.tree.parent if dataset.tree else None
    columns += [Names(name=c.name, type=c.type, resolved=f"b.{c.name}") for c in natural if c.name != parent]
    return columns


def _published_value(dataset: Dataset, name: str, kind: str) -> str:
    if dataset.tree and name == dataset.tree.parent:
        return f"parent.{dataset.tree.code}"
    return f"p.{name}::{kind}"


def _row_keys(dataset: Dataset) -> list[str]:
    """The natural key of a row inside its unit."""
    if dataset.tree:
        return [dataset.tree.code]
    if dataset.scope or dataset.identity == "key":
        return list(dataset.key)
    return [k for k in dataset.key if k not in dataset.unit]


def _same_row(dataset: Dataset, keys: list[str]) -> str:
    if dataset.tree or dataset.identity == "key":
        return " and ".join(f"b.{k} = p.{k}" for k in keys)
    return f"{_record_text(dataset, 'b', keys)} = {_record_text(dataset, 'p', keys)}" if keys else "true"


def _record_text(dataset: Dataset, alias: str, keys: list[str]) -> str:
    return "row(" + ", ".join(f"{alias}.{k}::{dataset.column(k).type}" for k in keys) + ")::text"


def _member(dataset: Dataset, is_root: bool, root_column: str, *, root: str, key: str) -> str:
    """Which production rows belong to a unit."""
    if root_column:
        return f"p.{root_column} = {root}"
    if is_root:
        return f"p.id = {root}"
    if not dataset.unit:
        return "true"
    return " and ".join(f"p.{c} = ({key})[{n}]::{dataset.column(c).type}" for n, c in enumerate(dataset.unit, start=1))


def _hash(values: list[str], later: int, present: str | None = None, *, only: str | None = None) -> str:
    """Count and two 64-bit sums over records: the order of rows does not matter.

    PostgreSQL adds up a record's column hashes linearly, so a bare sum would not see values that
    two rows exchange; each record's hash is hashed once more. The last `later` values were added to an
    installed table: where all of them are empty, the hash is the one it was without them.
    """
    first, added = values[: len(values) - later], values[len(values) - later :]
    only = only or (f"{present} is not null" if present else None)
    kept = f" filter (where {only})" if only else ""
    sums = [
        f"coalesce(pg_catalog.sum(pg_catalog.hashint8extended({_row_hash(first, added, seed)}, {seed})){kept}, 0)"
        for seed in (0, 1)
    ]
    return f"pg_catalog.concat_ws(':', pg_catalog.count(*){kept}, {sums[0]}, {sums[1]})"


def _row_hash(first: list[str], added: list[str], seed: int) -> str:
    whole = f"pg_catalog.hash_record_extended(row({', '.join(first)}), {seed})"
    if not added:
        return whole
    of_added = f"pg_catalog.hash_record_extended(row({', '.join(added)}), {seed + 2})"
    return f"{whole} # case when pg_catalog.num_nonnulls({', '.join(added)}) = 0 then 0 else {of_added} end"


def _hash_of(record: str) -> str:
    """The same for rows whose record was hashed beforehand: files are large, and hashing a row is most of the work."""
    sums = [f"coalesce(pg_catalog.sum(pg_catalog.hashint8extended({record}, {seed})), 0)" for seed in (0, 1)]
    return f"pg_catalog.concat_ws(':', pg_catalog.count(*), {sums[0]}, {sums[1]})"


def _record(values: list[str]) -> str:
    """A record's 64-bit hash."""
    return f"pg_catalog.hash_record_extended(row({', '.join(values)}), 0)"


def _json(alias: str, dataset: Dataset, pub: list[Names]) -> str:
    hidden = {v.into for v in dataset.lookups} | {r.into for r in dataset.references}
    values = [
        f"{alias}.{c.name}" for c in pub if c.name not in hidden and not (dataset.tree and c.name == dataset.tree.into)
    ]
    if dataset.tree:
        code = dataset.tree.code
        parent = f"p_parent.{code}" if alias == "p" else f"coalesce(pl_new.{code}, pl_parent.{code})"
        values.append(f"{parent} as {dataset.tree.parent}")
    return f"(select pg_catalog.to_jsonb(x) from (select {', '.join(values)}) as x)"


def _label_columns(dataset: Dataset, pub: list[Names]) -> list[str]:
    if dataset.label:
        return list(dataset.label)
    if dataset.tree:
        return [dataset.tree.code, dataset.tree.name]
    names = [c.name for c in pub]
    keys = [k for k in dataset.key if k in names]
    extra = [n for n in ("subject_name", "nom_de_l_etablissement", "title") if n in names and n not in keys]
    return [*keys, *extra]


def _preview(pub: list[Names], life: list[Names], by_id: bool) -> dict[str, str]:
    shown = {"id": "f.id"} if by_id else {}
    shown |= {c.name: f"f.{c.name}" for c in pub}
    shown |= {c.name: f"case when f.op = 'insert' then {c.default} else p.{c.name} end" for c in life}
    shown["retired_at"] = "null::timestamptz"
    return shown | {
        "created_at": "coalesce(p.created_at, r.made_at)",
        "updated_at": "r.made_at",
        "release_id": "f.release_id",
    }


def _table_columns(dataset: Dataset, pub: list[Names], identity: list[str]) -> list[Names]:
    declared = {c.name: c for c in dataset.columns}
    columns = []
    for c in pub:
        own = declared.get(c.name)
        required = c.name in identity or bool(own and own.required)
        columns.append(
            Names(
                name=c.name,
                type=c.type,
                not_null=required,
                default=None,
                comment=_literal(own.note) if own and own.note else None,
            )
        )
    for column in dataset.columns:
        if column.kind == "source":
            continue
        stamped = column.name in ("created_at", "updated_at")
        columns.append(
            Names(
                name=column.name,
                type=column.type,
                not_null=stamped or bool(column.default),
                default="now()" if stamped else column.default,
                comment=_literal(column.note) if column.note else None,
            )
        )
    return columns


def _trigger_arguments(pack: Pack, dataset: Dataset, is_root: bool, root_column: str, identity: list[str]) -> str:
    root = root_column or ("id" if is_root else "")
    unit = [] if root else list(dataset.unit)
    values = [pack.name, dataset.name, root, "{" + ",".join(identity) + "}", "{" + ",".join(unit) + "}"]
    return ", ".join(_literal(v) for v in values)


def _on(left: str, right: str, columns: list[str]) -> str:
    return " and ".join(f"{left}.{c} = {right}.{c}" for c in columns)


def _on_image(dataset: Dataset, identity: list[str]) -> str:
    kinds = ["uuid"] if identity == ["id"] else [dataset.column(c).type for c in identity]
    return " and ".join(
        f"p.{c} = i.identity[{n}]::{k}" for n, (c, k) in enumerate(zip(identity, kinds, strict=True), start=1)
    )


def _array(alias: str, columns: list[str] | tuple[str, ...]) -> str:
    if not columns:
        return "'{}'::text[]"
    return "array[" + ", ".join(f"{alias}.{c}::text" for c in columns) + "]"


def _label(alias: str, columns: list[str]) -> str:
    return "pg_catalog.concat_ws(' ', " + ", ".join(f"{alias}.{c}" for c in columns) + ")"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    if not _IDENTIFIER.fullmatch(name):
        raise DeclarationError(f"{name!r} is not a plain identifier", hint="use a-z, 0-9 and _, at most 63 characters")
    return name


def _check_text(pack: Pack, query: str, schema: str) -> str:
    return _own(pack, pack.sql_folder().joinpath("checks", query).read_text(encoding="utf-8").rstrip(), schema)


def _validate(pack: Pack, dataset: Dataset) -> None:
    for column in dataset.columns:
        _identifier(column.name)
        if not _TYPE.fullmatch(column.type):
            raise DeclarationError(
                f"{dataset.name}.{column.name}: {column.type!r} is not a type",
                hint="write PostgreSQL's name of the type",
            )
    order = [c.later for c in dataset.source_columns]
    if order != sorted(order) or (any(order) and pack.landing == "file"):
        raise DeclarationError(
            f"{dataset.name} has later columns that are not the last of its source columns, or is read from files",
            hint="write columns that were added later behind all others",
        )
    names = {c.name for c in dataset.columns}
    for name in ("retired_at", "created_at", "updated_at", "release_id"):
        if name not in names:
            raise DeclarationError(
                f"{dataset.name} lacks the column {name}", hint="every published table has it; see docs/reference"
            )
    if dataset.references and pack.root is None:
        raise DeclarationError(
            f"{dataset.name} refers to a root that pack {pack.name} lacks", hint="give one dataset a scope"
        )
