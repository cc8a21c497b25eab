"""Choices a specification leaves: n of m topics. From the board's published specification."""

from greenroom import Bounds, Check, Column, Dataset, Reference
from greenroom_exams.datasets import STAMPS

option_groups = Dataset(
    name="option_groups",
    table="exam_option_groups",
    unit=("subject_code", "spec_version"),
    key=("subject_code", "spec_version", "group_code"),
    identity="id",
    references=(Reference(("subject_code", "spec_version"), to="subjects", into="exam_board_subject_id"),),
    label=("group_code", "name"),
    columns=(
        Column("group_code", required=True, note="curriculum_topics.option_group names it."),
        Column("name", required=True),
        Column("choose_least", "integer", required=True),
        Column("choose_most", "integer", required=True),
        Column("component_code"),
        Column("note"),
        *STAMPS,
    ),
    checks=(Check("too_few_options", query="too_few_options.sql", note="a choice of more than there is"),),
    bounds=Bounds(least=1, most=200),
    beside=True,
    note="Learners take between choose_least and choose_most of the topics that name the group.",
)
