"""The tree of a subject over HTTP."""

import pytest
from tests.web.correcting import Correcting, staged


@pytest.fixture
def at(desk, make_database):
    """Ada, who edits, on a subject that waits."""
    url = make_database("exams").url
    exams = staged(url)
    yield Correcting(desk(url, role="editor", name="Ada"), exams)
    exams.connection.close()


def test_rows_come_in_the_order_they_are_read(at):
    assert at.codes() == ["1", "1.1", "1.2", "1.2.1", "2", "2.1", "3"]


def test_smoke(at):
    page = at.page("/tree", subject="7402")
    assert "Membranes" in page
    at.page("/tree")
    print(at.tree())
    at.rename("1.2", "Membrane")
    at.row_page("1.2")
    print(at.move("1.2", "2"))
    assert at.codes() == ["1", "1.1", "2", "1.2", "1.2.1", "2.1", "3"]
    print(at.turn("undo"))
    print(at.turn("undo"))
    print(at.turn("redo"))
    print(at.row("1.2"))
    at.page("/rows", dataset="papers")
    at.page("/rows", dataset="papers", unit=["7402", ""])
    at.page("/rows", dataset="subjects", unit=["7402", ""])
