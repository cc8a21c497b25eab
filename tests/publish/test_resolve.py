"""Whose id is it? Learners' cards hang on ids: a topic keeps its own through every edition of its specification."""

import pytest
from tests.publish.exams import Exams, Subject, Topic, assert_settled, leaves

BIOLOGY = Subject(topics=leaves(1))


def edition(exams: Exams, *topics: Topic, complete: bool = True, approve: bool = True) -> dict[str, object]:
    """Publish an edition of Biology; ids by name afterwards."""
    exams.clean()
    exams.inbox(BIOLOGY.but(topics=topics))
    exams.seal(complete=complete)
    if approve:
        exams.approve()
    exams.promote()
    assert_settled(exams)
    return exams.ids()


def renumbered(topics: tuple[Topic, ...], codes: list[str]) -> tuple[Topic, ...]:
    return tuple(Topic(code, t.name, t.parent) for code, t in zip(codes, topics, strict=True))


def test_five_hundred_siblings_shifted_by_one_keep_their_ids(exams):
    before = edition(exams, *leaves(500))
    after = edition(exams, Topic("1", "A new first topic"), *renumbered(leaves(500), [str(n) for n in range(2, 502)]))
    assert after.pop("A new first topic") not in before.values()
    assert after == before


def test_five_hundred_siblings_of_equal_names_per_chapter_shifted_by_one_keep_their_ids(exams):
    """The same names in each chapter: names alone tell nothing, only names under one parent do."""
    chapters = [
        topic
        for c in range(1, 6)
        for topic in (
            Topic(f"{c}", f"Chapter {c}"),
            *(Topic(f"{c}.{n}", f"Section {n}", str(c)) for n in range(1, 101)),
        )
    ]
    shifted = [
        Topic(t.code if t.parent is None else f"{t.parent}.{int(t.code.split('.')[1]) + 1}", t.name, t.parent)
        for t in chapters
    ]
    edition(exams, *chapters)
    before = {(row["parent"], row["topic_name"]): row["id"] for row in exams.topics().values()}
    edition(exams, *shifted, *(Topic(f"{c}.1", "Overview", str(c)) for c in range(1, 6)))
    after = {(row["parent"], row["topic_name"]): row["id"] for row in exams.topics().values()}
    assert {k: v for k, v in after.items() if k[1] != "Overview"} == before


def test_two_codes_swapped_keep_the_ids_with_the_names(exams):
    before = edition(exams, Topic("1", "Cells"), Topic("2", "Genes"))
    after = edition(exams, Topic("2", "Cells"), Topic("1", "Genes"))
    assert after == before


def test_three_codes_turned_round_keep_the_ids_with_the_names(exams):
    before = edition(exams, Topic("1", "Cells"), Topic("2", "Genes"), Topic("3", "Enzymes"))
    after = edition(exams, Topic("2", "Cells"), Topic("3", "Genes"), Topic("1", "Enzymes"))
    assert after == before


def test_codes_swapped_between_chapters_with_children_keep_all_ids(exams):
    one = (Topic("1", "Cells"), Topic("1.1", "Walls", "1"), Topic("2", "Genes"), Topic("2.1", "Alleles", "2"))
    two = (Topic("2", "Cells"), Topic("2.1", "Walls", "2"), Topic("1", "Genes"), Topic("1.1", "Alleles", "1"))
    assert edition(exams, *one) == edition(exams, *two)


def test_a_shift_with_one_removed_retires_only_that_one(exams):
    before = edition(exams, *leaves(20))
    exams.hang("public.flashcards", before["Topic 5"])
    kept = [t for t in leaves(20) if t.code != "5"]
    after = edition(exams, *(Topic(str(n), t.name) for n, t in enumerate(kept, start=1)))
    assert after == {name: id for name, id in before.items() if name != "Topic 5"}
    assert [row["id"] for row in exams.topics(retired=True).values()] == [before["Topic 5"]]


def test_a_renamed_parent_with_renumbered_children_keeps_all_ids(exams):
    before = edition(exams, Topic("1", "Cells"), *leaves(5, prefix="1.", parent="1"), Topic("2", "Genes"))
    after = edition(
        exams,
        Topic("1", "Cell biology"),
        *(Topic(f"1.{n + 1}", f"Topic 1.{n}", "1") for n in range(1, 6)),
        Topic("2", "Genes"),
    )
    assert after.pop("Cell biology") == before.pop("Cells")
    assert after == before


def test_a_renumbered_parent_takes_children_of_repeated_names_with_it(exams):
    """Sections called Introduction stand in two chapters; the chapters change places."""
    edition(
        exams,
        Topic("1", "Cells"),
        Topic("1.1", "Introduction", "1"),
        Topic("1.2", "Membranes", "1"),
        Topic("2", "Genes"),
        Topic("2.1", "Introduction", "2"),
        Topic("2.2", "Alleles", "2"),
    )
    before = {
        (exams.topics()[row["parent"]]["topic_name"] if row["parent"] else "", row["topic_name"]): row["id"]
        for row in exams.topics().values()
    }
    edition(
        exams,
        Topic("2", "Cells"),
        Topic("2.1", "Introduction", "2"),
        Topic("2.2", "Membranes", "2"),
        Topic("3", "Genes"),
        Topic("3.1", "Introduction", "3"),
        Topic("3.2", "Alleles", "3"),
    )
    after = {
        (exams.topics()[row["parent"]]["topic_name"] if row["parent"] else "", row["topic_name"]): row["id"]
        for row in exams.topics().values()
    }
    assert after == before


def test_a_topic_moved_under_another_parent_keeps_its_id(exams):
    before = edition(exams, Topic("1", "Cells"), Topic("1.1", "Osmosis", "1"), Topic("2", "Transport"))
    after = edition(exams, Topic("1", "Cells"), Topic("2", "Transport"), Topic("2.1", "Osmosis", "2"))
    assert after == before
    assert exams.topics()["2.1"]["parent_topic_id"] == before["Transport"]


def test_a_subtree_moved_with_its_children_keeps_all_ids(exams):
    before = edition(
        exams,
        Topic("1", "Cells"),
        Topic("1.1", "Osmosis", "1"),
        Topic("1.1.1", "Water potential", "1.1"),
        Topic("2", "Transport"),
    )
    after = edition(
        exams,
        Topic("1", "Cells"),
        Topic("2", "Transport"),
        Topic("2.1", "Osmosis", "2"),
        Topic("2.1.1", "Water potential", "2.1"),
    )
    assert after == before


def test_a_topic_moved_and_renamed_is_a_new_topic(exams):
    before = edition(exams, Topic("1", "Cells"), Topic("1.1", "Osmosis", "1"), Topic("2", "Transport"))
    exams.hang("public.flashcards", before["Osmosis"])
    after = edition(exams, Topic("1", "Cells"), Topic("2", "Transport"), Topic("2.1", "Movement of water", "2"))
    assert after["Movement of water"] not in before.values()
    assert list(exams.topics(retired=True)) == ["1.1"]


def test_a_leaf_and_a_chapter_of_one_name_are_not_one_topic(exams):
    """A leaf gone from one place and a chapter come in another share only a common word."""
    before = edition(exams, Topic("1", "Cells"), Topic("1.9", "Skills", "1"))
    after = edition(exams, Topic("1", "Cells"), Topic("7", "Skills"), Topic("7.1", "Graphs", "7"))
    assert after["Skills"] != before["Skills"]


def test_two_siblings_of_one_name_are_told_apart_by_code(exams):
    before = edition(exams, Topic("1", "Practical"), Topic("2", "Practical"), Topic("3", "Cells"))
    after = edition(exams, Topic("2", "Practical"), Topic("1", "Practical"), Topic("3", "Cells"))
    assert after == before


def test_two_siblings_of_one_name_shifted_together_keep_the_codes_they_still_have(exams):
    before = edition(exams, Topic("1", "Practical"), Topic("2", "Practical"))
    after = edition(exams, Topic("2", "Practical"), Topic("3", "Practical"))
    assert after["Practical @2"] == before["Practical @2"]
    assert after["Practical @3"] == before["Practical @1"], "one left, one right, one name, one parent"


def test_introductions_of_different_chapters_stay_with_their_chapters(exams):
    def book(shift: int) -> list[Topic]:
        return [
            t
            for c in range(1, 6)
            for t in (
                Topic(f"{c}", f"Chapter {c}"),
                Topic(f"{c}.{1 + shift}", "Introduction", str(c)),
                Topic(f"{c}.{2 + shift}", "Summary", str(c)),
            )
        ]

    edition(exams, *book(0))
    before = {(row["parent"], row["topic_name"]): row["id"] for row in exams.topics().values()}
    edition(exams, *book(5))
    assert {(row["parent"], row["topic_name"]): row["id"] for row in exams.topics().values()} == before


def test_a_new_topic_under_the_code_of_a_deleted_one_succeeds_it(exams):
    """The documented order: same code, other name is a rename; a review sees it as such."""
    before = edition(exams, Topic("1", "Cells"), Topic("2", "Genes"))
    exams.clean()
    exams.inbox(BIOLOGY.but(topics=(Topic("1", "Cells"), Topic("2", "Ecology"))))
    exams.seal()
    change = [c for c in exams.changes() if c["dataset"] == "topics"]
    assert [(c["op"], c["fields"]) for c in change] == [("update", ["topic_name"])]
    exams.approve()
    exams.promote()
    assert exams.ids()["Ecology"] == before["Genes"]


def test_a_code_given_to_a_moved_topic_is_not_a_rename_of_the_one_that_left(exams):
    """1.1 leaves, 1.2 becomes 1.1: the name follows its id, and nobody inherits the cards of 1.1."""
    before = edition(exams, Topic("1", "Cells"), Topic("1.1", "Walls", "1"), Topic("1.2", "Osmosis", "1"))
    exams.hang("public.flashcards", before["Walls"])
    after = edition(exams, Topic("1", "Cells"), Topic("1.1", "Osmosis", "1"))
    assert after == {"Cells": before["Cells"], "Osmosis": before["Osmosis"]}
    retired = exams.topics(retired=True)
    assert {code: row["id"] for code, row in retired.items()} == {"1.1": before["Walls"]}


def test_a_retired_topic_whose_code_comes_back_is_the_same_topic(exams):
    before = edition(exams, *leaves(9))
    exams.hang("public.flashcards", before["Topic 9"])
    hanging = exams.hanging()
    assert "Topic 9" not in edition(exams, *leaves(8))
    after = edition(exams, *leaves(9))
    assert after == before
    assert exams.topics(retired=True) == {}
    assert exams.hanging() == hanging


def test_a_deleted_topic_that_comes_back_is_a_new_topic(exams):
    before = edition(exams, *leaves(9))
    edition(exams, *leaves(8))
    assert exams.topics(retired=True) == {}
    after = edition(exams, *leaves(9))
    assert after.pop("Topic 9") != before.pop("Topic 9")
    assert after == before


def test_a_retired_row_keeps_its_code_while_a_new_row_takes_it(exams):
    before = edition(exams, Topic("1", "Cells"), Topic("1.1", "Walls", "1"), Topic("2", "Genes"))
    exams.hang("public.flashcards", before["Walls"])
    edition(exams, Topic("1", "Cells"), Topic("2", "Genes"))
    retired = exams.topics(retired=True)
    assert retired["1.1"]["id"] == before["Walls"]
    # the code is taken by a topic known under another one
    after = edition(exams, Topic("1", "Cells"), Topic("1.1", "Genes", "1"))
    assert after["Genes"] == before["Genes"]
    assert exams.topics(retired=True)["1.1"]["id"] == before["Walls"]


def test_of_two_retired_rows_with_one_code_the_one_with_the_name_comes_back(exams):
    before = edition(exams, Topic("1", "Cells"), Topic("2", "Walls"))
    exams.hang("public.flashcards", before["Walls"])
    edition(exams, Topic("1", "Cells"))
    exams.rows(
        "insert into greenroom.succession (scope_id, dataset, unit_key, old_key, new_key, kind, evidence)"
        " values (%s, 'topics', '{7402,\"\"}', '1', '1', 'renamed', 'a person')",
        exams.scope,
    )
    # the code 2 is now taken by Cells, then Cells leaves from there
    middle = edition(exams, Topic("2", "Cells"), Topic("3", "Genes"))
    exams.hang("public.flashcards", middle["Cells"])
    edition(exams, Topic("3", "Genes"))
    assert (
        len(exams.rows("select * from public.curriculum_topics where retired_at is not null and topic_code = '2'")) == 2
    )
    after = edition(exams, Topic("2", "Walls"), Topic("3", "Genes"))
    assert after["Walls"] == before["Walls"]


def test_topics_without_codes_keep_their_ids_by_place_and_name(exams):
    one = [Topic(None, "Cells", label="a"), Topic(None, "Walls", "a", label="b"), Topic(None, "Genes", label="c")]
    before = edition(exams, *one)
    after = edition(exams, Topic(None, "Ecology", label="d"), *one)
    assert {k: v for k, v in after.items() if k != "Ecology"} == before
    assert len(exams.topics()) == 4


def test_codes_dropped_by_a_source_do_not_lose_the_ids(exams):
    coded = [Topic("1", "Cells"), Topic("1.1", "Walls", "1"), Topic("2", "Genes")]
    before = edition(exams, *coded)
    after = edition(
        exams, Topic(None, "Cells", label="a"), Topic(None, "Walls", "a", label="b"), Topic(None, "Genes", label="c")
    )
    assert after == before
    assert edition(exams, *coded) == before


def test_two_versions_side_by_side_with_equal_codes_are_two_trees(exams):
    first = Subject(version="2015", start=2015, topics=leaves(5))
    exams.publish(first)
    exams.rows(
        "update public.exam_board_subjects set is_current = false, spec_end_year = 2024 where spec_version = '2015'"
    )
    before = exams.topics(version="2015")
    exams.publish(Subject(version="2025", start=2025, topics=(*leaves(5), Topic("6", "New"))))
    assert exams.topics(version="2015") == before
    assert not {row["id"] for row in before.values()} & {row["id"] for row in exams.topics(version="2025").values()}
    assert exams.subject(version="2015")["spec_end_year"] == 2024
    assert exams.subject(version="2015")["is_current"] is False
    assert exams.subject(version="2025")["is_current"] is True


def test_a_match_recorded_by_a_person_comes_before_all_rules(exams):
    before = edition(exams, Topic("1", "Cells"), Topic("1.1", "Osmosis", "1"), Topic("2", "Transport"))
    exams.rows(
        "insert into greenroom.succession (scope_id, dataset, unit_key, old_key, new_key, kind, evidence)"
        " values (%s, 'topics', '{7402,\"\"}', '1.1', '2.1', 'moved', 'a teacher said so')",
        exams.scope,
    )
    after = edition(exams, Topic("1", "Cells"), Topic("2", "Transport"), Topic("2.1", "Movement of water", "2"))
    assert after["Movement of water"] == before["Osmosis"]


def test_a_tree_turned_upside_down_keeps_its_ids(exams):
    before = edition(exams, Topic("1", "Cells"), Topic("2", "Walls", "1"), Topic("3", "Pores", "2"))
    after = edition(exams, Topic("3", "Pores"), Topic("2", "Walls", "3"), Topic("1", "Cells", "2"))
    assert after == before


@pytest.mark.parametrize("hung", ["public.flashcards", "public.quiz_topics", 'study."Notes"'])
def test_what_anything_points_at_is_retired_and_the_rest_deleted(exams, hung):
    before = edition(
        exams,
        Topic("1", "Cells"),
        Topic("2", "Genes"),
        Topic("2.1", "Alleles", "2"),
        Topic("2.2", "Loci", "2"),
        Topic("3", "Ecology"),
        Topic("4", "Skills"),
        Topic("5", "Maths"),
    )
    exams.hang(hung, before["Alleles"])
    hanging = exams.hanging()
    exams.clean()
    exams.inbox(
        BIOLOGY.but(topics=(Topic("1", "Cells"), Topic("3", "Ecology"), Topic("4", "Skills"), Topic("5", "Maths")))
    )
    exams.seal()
    exams.approve()
    counts = exams.promote()["written"]["topics"]
    assert (counts["deleted"], counts["retired"]) == (1, 2)
    assert {row["topic_name"]: row["id"] for row in exams.topics(retired=True).values()} == {
        "Genes": before["Genes"],
        "Alleles": before["Alleles"],
    }, "what a card hangs on stays, and the chapter above it"
    assert exams.hanging() == hanging


def test_a_card_deep_in_a_chapter_that_leaves_keeps_every_chapter_above_it(exams):
    deep = [Topic("9", "Ecology")]
    for n in range(4):
        deep.append(Topic(f"{deep[-1].code}.1", f"Depth {n}", deep[-1].code))
    before = edition(exams, *leaves(8), *deep, Topic("9.2", "Empty", "9"))
    exams.hang("public.flashcards", before["Depth 3"])
    hanging = exams.hanging()
    edition(exams, *leaves(8))
    assert {row["topic_name"] for row in exams.topics(retired=True).values()} == {t.name for t in deep}
    assert exams.hanging() == hanging


def test_when_the_owner_may_not_see_who_points_everything_is_kept(make_database):
    import psycopg

    with psycopg.connect(make_database("exams").url, autocommit=True) as connection:
        exams = Exams(connection).app(hidden=True)
        before = edition(exams, *leaves(9))
        exams.hang("public.secret_cards", before["Topic 9"])
        assert exams.rows("select * from public.secret_cards") == [], "the owner cannot see the card"
        edition(exams, *leaves(8))
        assert [row["id"] for row in exams.topics(retired=True).values()] == [before["Topic 9"]]


def test_a_referring_table_in_a_schema_closed_to_the_owner_keeps_everything(make_database):
    import psycopg

    database = make_database("exams")
    with psycopg.connect(database.superuser_url, autocommit=True) as superuser:
        superuser.execute("create schema closed")
        superuser.execute(
            "create table closed.cards (topic_id uuid references public.curriculum_topics (id) on delete cascade)"
        )
        superuser.execute("grant select on closed.cards to greenroom_owner")
        with psycopg.connect(database.url, autocommit=True) as connection:
            exams = Exams(connection)
            before = edition(exams, *leaves(9))
            superuser.execute("insert into closed.cards values (%s)", [before["Topic 9"]])
            edition(exams, *leaves(8))
            assert [row["id"] for row in exams.topics(retired=True).values()] == [before["Topic 9"]]
