"""One scope of the exams pack in a database of its own, with an app that hangs on its ids."""

import psycopg
import pytest
from tests.publish.exams import Exams, assert_truths


@pytest.fixture
def exams(make_database):
    """AQA A-Level, an app's tables beside it; what must always hold is asked once more at the end."""
    with psycopg.connect(make_database("exams").url, autocommit=True) as connection:
        made = Exams(connection).app()
        yield made
        if not connection.closed:
            assert_truths(made)
