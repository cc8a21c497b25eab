"""The bytes of OCR's real text dumps, cut, with holes, spoilt: 200 of each are refused, held or right."""

import pytest
from tests.greenroom_exams.boards.test_ocr_mutations import DUMPS, bytes_reader, noticing
from tests.greenroom_exams.mutations import check_bytes


@pytest.mark.parametrize("code", DUMPS)
def test_the_bytes_of_real_dumps_that_lost_something(shared_data, code):
    content = shared_data(f"uk/ocr/{code}-spec-text.txt").read_bytes()
    check_bytes(noticing(bytes_reader("A-Level", f"{code}.txt"), content), content)
