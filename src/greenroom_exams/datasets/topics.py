"""Topics of a subject, as a tree. From the board's published specification."""

from greenroom import Bounds, Check, Column, Dataset, Reference, Tree
from greenroom_exams.datasets import STAMPS

topics = Dataset(
    name="topics",
    table="curriculum_topics",
    unit=("subject_code", "spec_version"),
    key=("subject_code", "spec_version", "topic_code"),
    identity="id",
    references=(Reference(("subject_code", "spec_version"), to="subjects", into="exam_board_subject_id"),),
    tree=Tree(
        code="topic_code",
        name="topic_name",
        parent="parent_code",
        into="parent_topic_id",
        level="topic_level",
        order="sort_order",
    ),
    columns=(
        Column("topic_code", required=True, note="The board's code; derived (with ~) where it gives none."),
        Column("parent_code", note="The parent's code, in the same subject."),
        Column("topic_name", required=True),
        Column("topic_level", "integer", pattern=r"^\d{1,2}$", note="0 = top of the tree."),
        Column("sort_order", "integer", note="Position among siblings."),
        Column("description"),
        Column("component_code"),
        Column("chronological_period"),
        Column("period_start_year", "integer"),
        Column("period_end_year", "integer"),
        Column("geographical_region"),
        Column("key_themes", "jsonb"),
        Column("examined", "boolean", later=True, note="False for coursework: kept, never shown. Empty: examined."),
        Column("tier", later=True, note="Foundation or Higher, where a topic is of one tier alone."),
        Column("study_level", later=True, note="SL, HL, Core or Supplement, where only some learners take it."),
        Column("language", later=True, note="The language of its name, where that is not English."),
        Column("option_group", later=True, note="The group it is an option of; see exam_option_groups."),
        *STAMPS,
    ),
    checks=(Check("unknown_option_group", query="unknown_option_group.sql", note="an option of no group"),),
    bounds=Bounds(least=1, most=2_000, depth_least=1, depth_most=6),
    note="Topic trees; learners' flashcards point at these ids, so they never change.",
)
