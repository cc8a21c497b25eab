"""One tree of errors: every leaf says what happened and has a code of its own group."""

from collections.abc import Iterator

import pytest

from greenroom.model import errors
from greenroom.model.errors import (
    AuditError,
    Blocked,
    DatabaseError,
    DeclarationError,
    Drifted,
    GreenroomError,
    ReleaseError,
    SourceError,
)

GROUPS = {DeclarationError: 10, SourceError: 20, AuditError: 30, ReleaseError: 40, DatabaseError: 50}


def _below(kind: type[GreenroomError]) -> Iterator[type[GreenroomError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def test_the_docstring_is_the_message():
    assert str(Drifted()) == "Production was changed by hand since the last release."


def test_a_given_message_and_hint_win():
    error = Drifted("Row 7 was changed.", hint="greenroom adopt")
    assert (error.message, error.hint) == ("Row 7 was changed.", "greenroom adopt")


@pytest.mark.parametrize("kind", [*_below(GreenroomError)], ids=lambda kind: kind.__name__)
def test_an_error_says_one_sentence_and_stays_in_its_group(kind):
    assert kind.__doc__
    assert kind().message.endswith(".")
    if kind is not Blocked:
        assert any(issubclass(kind, group) and 0 <= kind.exit_code - ten < 10 for group, ten in GROUPS.items())


def test_no_two_errors_share_a_code():
    codes = [kind.exit_code for kind in _below(GreenroomError)]
    assert len(codes) == len(set(codes))


def test_blocked_exits_with_1_and_carries_its_findings():
    error = Blocked(findings=[{"check": "orphans"}])
    assert (error.exit_code, error.findings) == (1, [{"check": "orphans"}])


def test_every_error_lives_in_this_one_file():
    assert {kind.__module__ for kind in _below(GreenroomError)} == {errors.__name__}
