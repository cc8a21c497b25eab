"""Components of a subject: papers, units, coursework. From the board's published specification."""

from greenroom import Bounds, Column, Dataset, Reference
from greenroom_exams.datasets import STAMPS

components = Dataset(
    name="components",
    table="exam_components",
    unit=("subject_code", "spec_version"),
    key=("subject_code", "spec_version", "component_code"),
    identity="id",
    references=(Reference(("subject_code", "spec_version"), to="subjects", into="exam_board_subject_id"),),
    label=("component_code", "name"),
    columns=(
        Column("component_code", required=True),
        Column("name", required=True),
        Column("examined", "boolean", required=True, note="False for coursework and other centre assessment."),
        Column("assessment", note="How it is assessed, in the specification's words."),
        Column("tier", note="Foundation or Higher, where the component is of one tier."),
        Column("study_level", note="SL, HL, Core or Extended, where only some learners take it."),
        Column("marks", "integer"),
        Column("duration_minutes", "integer"),
        Column("weight_percent", "numeric(5,2)", note="Its share of the qualification."),
        *STAMPS,
    ),
    bounds=Bounds(least=1, most=200),
    beside=True,
    note="How a qualification is assessed, one row per component.",
)
