"""Subjects of a board and qualification, one row per specification version."""

from greenroom import Bounds, Column, Dataset, Lookup
from greenroom_exams.datasets import STAMPS

subjects = Dataset(
    name="subjects",
    table="exam_board_subjects",
    scope=("exam_board", "qualification_type"),
    unit=("subject_code", "spec_version"),
    key=("subject_code", "spec_version"),
    identity="id",
    lookups=(
        Lookup("exam_board", table="exam_boards", by="code", into="exam_board_id"),
        Lookup("qualification_type", table="qualification_types", by="code", into="qualification_type_id"),
    ),
    columns=(
        Column("subject_code", required=True),
        Column("spec_version", "varchar(20)", note="Empty until a second version makes names necessary."),
        Column("subject_name", required=True),
        Column("spec_start_year", "integer", note="First teaching."),
        Column("specification_url", pattern="^https?://"),
        Column("specification_pdf_url", pattern="^https?://"),
        Column("qan", later=True, note="Qualification number of the regulator, for example 601/4911/5."),
        Column("first_assessment_year", "integer", later=True, note="First examination."),
        Column("last_assessment_year", "integer", later=True, note="Last examination, as the board says it."),
        Column("paper_code", later=True, note="What its paper files begin with, where that is another code."),
        Column("succeeds", later=True, note="The code of the subject that it takes the place of."),
        Column("regulated_title", later=True, note="Its title in Ofqual's register, where its number is known."),
        Column("level", later=True, note="Level in Ofqual's register."),
        Column("glh", "integer", later=True, note="Guided learning hours, from Ofqual's register."),
        Column("operational_end", "date", later=True, note="Last day for new learners, from Ofqual's register."),
        Column("certification_end", "date", later=True, note="Last day of certificates, from Ofqual's register."),
        Column("spec_end_year", "integer", kind="lifecycle", note="Last examination; set by the maintainer."),
        Column("is_current", "boolean", kind="lifecycle", default="true"),
        Column("live_in_app", "boolean", kind="lifecycle", default="false"),
        *STAMPS,
    ),
    live="live_in_app",
    current="is_current",
    bounds=Bounds(least=1, most=1),
    note="One row per board, qualification, subject code and specification version.",
)
