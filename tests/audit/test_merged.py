"""Production and batch as one tree: every kind of change in its place and in words."""

import pytest
from tests.publish.exams import Paper, Subject, Topic

from greenroom.audit import merged
from greenroom_exams.pack import pack

PAPERS = (Paper(),)
TREE = (
    Topic("1", "Cells"),
    Topic("1.1", "Walls", "1"),
    Topic("1.2", "Nuclei", "1"),
    Topic("2", "Genes"),
    Topic("2.1", "DNA", "2"),
)
BIOLOGY = Subject(topics=TREE, papers=(Paper(),))


@pytest.fixture
def told(exams):
    def tell(*topics, papers=PAPERS, published=BIOLOGY, **options):
        if published is not None:
            exams.publish(published)
        exams.clean()
        exams.inbox(BIOLOGY.but(topics=topics, papers=papers))
        exams.seal()
        return merged.changes(exams.connection, pack, exams.scope, exams.pending(), **options)

    return tell


def lines(found):
    return ["  " * node.depth + f"{node.code} {node.name}: {'; '.join(node.words)}" for node in found.tree.nodes]


def placed(*topics):
    """Topics in the places they had, so that nothing is told but what is meant."""
    places = {t.code: n for n, t in enumerate(TREE)}
    return [Topic(t.code, t.name, t.parent, t.level, places.get(t.code, t.sort)) for t in topics]


def test_a_renamed_topic_says_what_it_was_called(told):
    found = told(*placed(TREE[0], Topic("1.1", "Cell walls", "1"), *TREE[2:]))
    assert lines(found) == ["1 Cells: ", "  1.1 Cell walls: renamed from “Walls”"]
    assert [node.is_context for node in found.tree.nodes] == [True, False]


def test_a_moved_topic_says_where_it_was(told):
    topics = [*TREE[:2], *TREE[3:], Topic("2.2", "Nuclei", "2", sort=2)]
    found = told(*placed(*topics))
    assert lines(found) == ["2 Genes: ", "  2.2 Nuclei: renumbered from 1.2; moved from 1 Cells"]


def test_a_moved_topic_names_its_old_parent_by_what_it_was_called_then(told):
    topics = [Topic("1", "Cell biology"), TREE[1], *TREE[3:], Topic("2.2", "Nuclei", "2", sort=2)]
    found = told(*placed(*topics))
    assert "  2.2 Nuclei: renumbered from 1.2; moved from 1 Cell biology" in lines(found)


def test_a_renumbered_topic_says_its_old_number(told):
    found = told(*placed(*TREE[:2], Topic("1.3", "Nuclei", "1", sort=2), *TREE[3:]))
    assert lines(found)[-1] == "  1.3 Nuclei: renumbered from 1.2"


def test_children_of_a_renumbered_parent_stay_below_it(told):
    topics = [TREE[0], TREE[1], TREE[2], Topic("3", "Genes", sort=3), Topic("2.1", "DNA", "3", sort=4)]
    found = told(*placed(*topics[:3]), *topics[3:], only_changes=False)
    assert lines(found)[-2:] == ["3 Genes: renumbered from 2", "  2.1 DNA: "]


def test_a_removed_topic_stands_where_it_stood(told):
    found = told(*placed(*TREE[:2], *TREE[3:]), only_changes=False)
    assert lines(found) == ["1 Cells: ", "  1.1 Walls: ", "  1.2 Nuclei: removed", "2 Genes: ", "  2.1 DNA: "]


def test_a_removed_branch_stands_together(told):
    found = told(*placed(*TREE[:3]))
    assert lines(found) == ["2 Genes: removed", "  2.1 DNA: removed"]


def test_an_added_topic_stands_below_its_parent_in_order(told):
    topics = [*TREE[:2], Topic("1.15", "Cytoplasm", "1", sort=1), *TREE[2:]]
    found = told(*placed(*topics), only_changes=False)
    assert "  1.15 Cytoplasm: added" in lines(found)
    assert lines(found).index("  1.15 Cytoplasm: added") < lines(found).index("2 Genes: ")


def test_everything_of_a_new_subject_is_added_as_a_tree(told):
    found = told(*TREE, published=None)
    assert lines(found) == [
        "1 Cells: added", "  1.1 Walls: added", "  1.2 Nuclei: added", "2 Genes: added", "  2.1 DNA: added",
    ]  # fmt: skip
    assert found.tree.counts.added == 5


def test_a_topic_that_comes_back_is_told_to(told, exams):
    exams.publish(BIOLOGY)
    exams.hang("public.flashcards", exams.ids()["DNA"])
    exams.publish(BIOLOGY.but(topics=tuple(placed(*TREE[:4]))))
    found = told(*TREE, published=None)
    assert lines(found) == ["2 Genes: ", "  2.1 DNA: back again after it was retired"]


def test_a_kind_narrows_the_tree_and_keeps_what_stands_above(told):
    topics = placed(TREE[0], Topic("1.1", "Cell walls", "1"), TREE[2], TREE[3])
    found = told(*topics, kind="removed")
    assert lines(found) == ["2 Genes: ", "  2.1 DNA: removed"]
    assert found.tree.only_changes


def test_fields_are_told_before_and_after(told):
    found = told(*placed(TREE[0], Topic("1.1", "Cell walls", "1"), *TREE[2:]))
    node = found.tree.nodes[1]
    assert [(each.name, each.before, each.after) for each in node.fields] == [("topic_name", "Walls", "Cell walls")]


def test_rows_beside_the_tree_are_a_table(told):
    found = told(*TREE, papers=(Paper(title="New title"), Paper(year=2023)))
    (changed,) = [row for row in found.rows if "other" in row.kinds]
    assert ("title", None, "New title") in [(each.name, each.before, each.after) for each in changed.fields]
    assert {row.dataset for row in found.rows} == {"papers"}
    (added,) = [row for row in found.rows if row.kinds == ("added",)]
    assert ("year", None, 2023) in [(each.name, each.before, each.after) for each in added.fields]
    assert found.tree is None


def test_the_table_is_paged_and_counted_whole(told, monkeypatch):
    monkeypatch.setattr(merged, "PAGE", 10)
    papers = [Paper(year=year) for year in range(2000, 2024)]
    assert [len(told(*TREE, papers=papers, published=None, page=n).rows) for n in (1, 3, 4)] == [10, 5, 0]
    found = told(*TREE, papers=papers, published=None, page=3)
    assert (found.pages, found.total) == (3, 25)


def test_a_batch_that_repeats_production_changes_nothing(told, exams):
    exams.publish(BIOLOGY)
    exams.inbox(BIOLOGY)
    found = merged.changes(exams.connection, pack, exams.scope, [])
    assert (found.counts, found.tree, found.rows, found.pages) == ({}, None, (), 1)


def test_a_circle_hides_no_row(told):
    found = told(
        Topic("1", "Cells", "2", 0),
        Topic("2", "Genes", "1", 0),
        Topic("3", "Other"),
        published=None,
        only_changes=False,
    )
    assert sorted(node.code for node in found.tree.nodes) == ["1", "2", "3"]


def test_numbers_are_ordered_as_people_count_where_places_are_alike(told):
    topics = [Topic("1", "Cells"), *(Topic(f"1.{n}", f"T{n}", "1", sort=5) for n in (10, 9, 2))]
    found = told(*topics, published=None)
    assert [node.code for node in found.tree.nodes] == ["1", "1.2", "1.9", "1.10"]


def test_a_tree_that_is_too_long_for_a_page_says_so(told, monkeypatch):
    monkeypatch.setattr(merged, "MOST_NODES", 2)
    found = told(*TREE, published=None)
    assert (len(found.tree.nodes), found.tree.is_cut) == (2, True)
