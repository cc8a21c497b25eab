"""What is in a database, by the names under which the ledger keeps it."""

import psycopg

from greenroom.db.inventory import Item, objects


def test_a_function_with_many_arguments_is_known_by_all_of_its_name(database):
    name = "seal_a_dataset_with_rather_a_long_name"
    with psycopg.connect(database.url) as conn:
        conn.execute(f"create function public.{name}(integer, text, text, text, boolean) returns int return 1")
        conn.execute("set local search_path = ''")
        assert Item("public", "function", f"{name}(integer, text, text, text, boolean)") in objects(conn)
