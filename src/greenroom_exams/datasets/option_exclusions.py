"""Pairs of options that nobody may take together. From the board's published specification."""

from greenroom import Bounds, Check, Column, Dataset, Reference
from greenroom_exams.datasets import STAMPS

option_exclusions = Dataset(
    name="option_exclusions",
    table="exam_option_exclusions",
    unit=("subject_code", "spec_version"),
    key=("subject_code", "spec_version", "one_code", "other_code"),
    identity="id",
    references=(Reference(("subject_code", "spec_version"), to="subjects", into="exam_board_subject_id"),),
    label=("one_code", "other_code"),
    columns=(
        Column("one_code", required=True, note="A topic's code; the lesser of the two in the order of text."),
        Column("other_code", required=True),
        Column("why"),
        *STAMPS,
    ),
    checks=(Check("unknown_option", query="unknown_option.sql", note="a pair that names no topic"),),
    bounds=Bounds(least=1, most=5_000),
    beside=True,
    note="Prohibited combinations of options.",
)
