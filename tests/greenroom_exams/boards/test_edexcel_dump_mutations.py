"""Real text dumps of Pearson's specifications that lost something: each of 200 mutations is refused, held or right."""

from dataclasses import replace

import pytest
from tests.greenroom_exams.mutations import check_bytes

from greenroom_exams.boards.edexcel import board

DUMPS = {
    **{f"gcse-{name}-spec-text.txt": "GCSE" for name in ("GeoA", "Business", "Citizenship", "CompSci", "Statistics")},
    **{f"{code}-spec-text.txt": "A-Level" for code in ("9bs0", "9ch0", "9aa0")},
}
# What is found in the whole document too holds every reading of it; here it must not count as having noticed.
STANDING = {
    "gcse-Statistics-spec-text.txt": {"guidance_not_separable"},
    "9ch0-spec-text.txt": {"formula_broken"},
    "9aa0-spec-text.txt": {"aspects_not_split", "reading_order", "presentation_forms"},
}


@pytest.mark.parametrize("path", DUMPS)
def test_a_text_dump_that_lost_something_is_noticed(shared_data, path):
    content = shared_data(f"uk/edexcel/{path}").read_bytes()
    check_bytes(lambda each: noticed(each, path), content)


def noticed(content, path):
    parsed = board.parse(content, name=path, subject=None, qualification=DUMPS[path])
    standing = STANDING.get(path, set())
    return replace(parsed, findings=tuple(each for each in parsed.findings if each.rule not in standing))
