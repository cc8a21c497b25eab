"""Past papers, one row per document. From the boards' listing pages."""

from greenroom import Bounds, Column, Dataset, Reference
from greenroom_exams.datasets import STAMPS

papers = Dataset(
    name="papers",
    table="exam_papers",
    unit=("subject_code", "spec_version"),
    key=(
        "subject_code",
        "spec_version",
        "year",
        "series",
        "component_code",
        "paper_number",
        "tier",
        "variant",
        "type",
        "language",
        "modified",
    ),
    identity="id",
    references=(Reference(("subject_code", "spec_version"), to="subjects", into="exam_board_subject_id"),),
    label=("year", "series", "component_code", "tier", "type", "variant", "title"),
    columns=(
        Column("paper_number", "integer"),
        Column("component_code", note="As the paper prints it, for example J560/01."),
        Column("year", "integer", required=True, pattern=r"^(19[5-9]\d|20\d\d|2100)$"),
        Column("series", required=True, clean="series", note="June, November, January, March or Specimen."),
        Column("tier", note="Foundation or Higher, where the subject is tiered."),
        Column("variant", note="Tells documents apart that share all else: an option, a time zone, a letter."),
        Column(
            "type", required=True, clean="paper_type", note="question paper, mark scheme, examiner report, insert …"
        ),
        Column("language", required=True),
        Column("modified", "boolean", required=True, note="Large print, Braille or otherwise modified."),
        Column("title"),
        Column(
            "url",
            required=True,
            pattern="^https?://",
            note="Never an identity: boards replace files under new addresses.",
        ),
        Column("marks", "integer"),
        *STAMPS,
    ),
    bounds=Bounds(least=1, most=5_000),
    note="One row per document; identity is never the address.",
)
