"""The API keeps its word: 2,000 requests made up from its own description, on a desk with something in it.

No answer is a defect (5xx), and none is of a kind or status that the description does not name. Every area is asked,
those that are written later too. One major version of PostgreSQL: what is asked here is the desk, not the database.
"""

from collections import Counter

import psycopg
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from psycopg import sql
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.cli.conftest import exams, shell  # noqa: F401 - fixtures
from tests.cli.inbox import scrape
from tests.web.conftest import HOST, ground_of, signed_in

from greenroom.web import contract
from greenroom.web.app import make

CASES = 2_000
FOUND = sql.SQL("select id from {}")
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


@pytest.fixture
def desk(exams, server, tmp_path):  # noqa: F811
    """An admin's client of a desk on a database with a subject published, another waiting, and papers."""
    if server.programs.major != 15:
        pytest.skip("the API is asked on one major version")
    scrape(exams)
    exams("seal", "AQA GCSE")
    exams("promote", "AQA GCSE")
    exams("live", "AQA GCSE", "on")
    scrape(exams, "8998", "Beacon Studies")
    exams("seal", "AQA GCSE", "--subject", "8998")
    app = make(ground_of(exams.url, tmp_path / "home"))
    app.state.defect = lambda error: None
    yield signed_in(app, "admin", "Ada")
    app.state.ground.connections.close()


def real_numbers(exams):  # noqa: F811
    """Identities that are there, so that more than 404 is met."""
    with psycopg.connect(exams.url) as conn:
        return {
            name: [number for (number,) in conn.execute(FOUND.format(sql.Identifier("greenroom", table)))]
            for name, table in (("scope_id", "scope"), ("release_id", "release"), ("finding_id", "finding"))
        }


@pytest.mark.timeout(600)
def test_two_thousand_made_up_requests_meet_no_defect(desk, exams):  # noqa: F811
    app = desk.app
    schema = schemathesis.openapi.from_dict(contract.document(app))
    schema.config.generation.modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    operations = [found.ok() for found in schema.get_all_operations()]
    asking = Asking(desk, real_numbers(exams))
    for operation in operations:
        asking.of(operation, -(-CASES // len(operations)))
    assert asking.problems == [], "\n".join(asking.problems[:20])
    assert sum(asking.asked.values()) >= CASES
    assert {area for area, _ in asking.asked} == {tag["name"] for tag in contract.document(app)["tags"]}
    # were all refused at the door, nothing would have been shown
    assert {status // 100 for _, status in asking.asked} >= {2, 4}
    assert not {status for _, status in asking.asked} & {401}


class Asking:
    """Requests made up from the description, what was answered, and what was wrong with it."""

    def __init__(self, client, there):
        self._client = client
        self._there = there
        self._turn = 0
        self.asked: Counter[tuple[str, int]] = Counter()
        self.problems: list[str] = []

    def of(self, operation, count):
        """Some requests to one operation."""

        @settings(
            max_examples=count, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def ask(case):
            self._one(case)

        ask()

    def _one(self, case):
        self._turn += 1
        for name, values in self._there.items():
            # Every other request is about something that is there.
            if self._turn % 2 and values and name in (case.path_parameters or {}):
                case.path_parameters[name] = values[self._turn // 2 % len(values)]
        words = case.as_transport_kwargs(base_url=f"http://{HOST}")
        words["headers"] = {**words.pop("headers", {}), "x-csrf-token": self._client.headers["x-csrf-token"]}
        words.pop("cookies", None)
        answer = self._client.request(**words)
        for tag in case.operation.tags or ["none"]:
            self.asked[tag, answer.status_code] += 1
        try:
            case.validate_response(answer, checks=list(CHECKS))
        except (AssertionError, BaseExceptionGroup) as wrong:
            told = [str(each) for each in getattr(wrong, "exceptions", [wrong])]
            sent = {name: words[name] for name in ("params", "json", "data") if words.get(name)}
            what = f"{words['method']} {words['url']} {str(sent)[:300]}"
            self.problems.append(f"{what}\n  {answer.status_code} {answer.text[:200]}\n  {told[0][:300]}")
