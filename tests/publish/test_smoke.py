"""The compiled kernel installs and promotes on each PostgreSQL."""

import psycopg


def test_an_empty_inbox_is_refused(make_database):
    database = make_database("exams")
    with psycopg.connect(database.url, autocommit=True) as connection:
        try:
            connection.execute("select public.promote_staging_to_production('WJEC', 'A-Level')")
        except psycopg.Error as error:
            assert error.sqlstate == "PT409"
        else:
            raise AssertionError("an empty inbox was promoted")
