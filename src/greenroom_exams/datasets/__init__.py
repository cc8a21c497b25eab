"""One small file = one dataset."""

from greenroom import Column

STAMPS = (
    Column("retired_at", "timestamptz", kind="lifecycle", note="When it left; still readable by id."),
    Column("created_at", "timestamptz", kind="stamp"),
    Column("updated_at", "timestamptz", kind="stamp"),
    Column("release_id", "bigint", kind="stamp", note="The release that wrote the row as it stands."),
)
