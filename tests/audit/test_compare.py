"""What became of each topic between two specifications."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.audit import compare as comparing
from greenroom.audit.compare import Comparison, Node, between, compare, text
from greenroom.model.errors import UnknownTarget

# No database is asked.
NOBODY: Any = None

OLD = (
    Node("1", "Lamps", None, 0),
    Node("1.1", "Oil and wick", "1", 1),
    Node("1.2", "The glass", "1", 1),
    Node("2", "Signals", None, 0),
    Node("2.1", "Shutters and codes", "2", 1),
    Node("2.2", "Harbour lights", "2", 1),
    Node("2.3", "Semaphore arms", "2", 1),
)
NEW = (
    Node("1", "Lamps", None, 0),
    Node("1.1", "The glass", "1", 1),
    Node("1.2", "Oil and wicks", "1", 1),
    Node("2", "Signals", None, 0),
    Node("2.1", "Shutters and codes", "2", 1),
    Node("3", "Ports", None, 0),
    Node("3.1", "Harbour lights", "3", 1),
    Node("3.2", "Fog horns", "3", 1),
)


def fates(old, new):
    return {(f.old.code if f.old else None, f.new.code if f.new else None): f.kinds for f in compare(old, new)}


def test_each_fate_is_named():
    assert fates(OLD, NEW) == {
        ("1", "1"): ("same",),
        ("1.2", "1.1"): ("renumbered",),
        ("1.1", "1.2"): ("renamed", "renumbered"),
        ("2", "2"): ("same",),
        ("2.1", "2.1"): ("same",),
        (None, "3"): ("new",),
        ("2.2", "3.1"): ("moved",),
        (None, "3.2"): ("new",),
        ("2.3", None): ("gone",),
    }


def test_words_tell_old_and_new():
    told = text(Comparison("A1", "A2", tuple(compare(OLD, NEW))))
    assert told.splitlines()[0] == "A1 → A2: 3 same, 2 renumbered, 1 renamed, 1 moved, 2 new, 1 gone"
    assert "moved       2.2 → 3.1  Harbour lights" in told
    assert "renamed+renumbered 1.1 → 1.2  Oil and wick → Oil and wicks" in told
    assert "gone        2.3  Semaphore arms" in told


def test_a_name_that_stands_twice_is_not_paired_by_name_alone():
    old = (Node("1", "Introduction", None, 0), Node("2", "Introduction", None, 0))
    new = (Node("7", "Introduction", None, 0),)
    kinds = fates(old, new)
    assert sum(k == ("gone",) for k in kinds.values()) == 1
    assert len(kinds) == 2


def test_other_scripts_are_compared_as_they_are():
    old = (Node("1", "السفر والسياحة", None, 0), Node("2", "العمل", None, 0))
    new = (Node("1", "العمل", None, 0), Node("2", "السفر والسياحة", None, 0))
    assert fates(old, new) == {("2", "1"): ("renumbered",), ("1", "2"): ("renumbered",)}


def test_the_most_alike_are_paired_first_and_each_once():
    old = (Node("1", "Lamps of glass", None, 0), Node("2", "Lamp of brass", None, 0))
    new = (Node("a", "Lamps of brass", None, 0), Node("b", "Lamp of glass", None, 0))
    assert fates(old, new) == {("2", "a"): ("renamed", "renumbered"), ("1", "b"): ("renamed", "renumbered")}


def test_of_names_that_stand_often_the_first_is_paired_with_the_first():
    old = tuple(Node(f"o{n}", "Introduction", None, 0) for n in range(4))
    new = tuple(Node(f"n{n}", "Introductions", None, 0) for n in range(3))
    paired = {(f.old.code, f.new.code) for f in compare(old, new) if f.old and f.new}
    assert paired == {("o0", "n0"), ("o1", "n1"), ("o2", "n2")}


def wide(prefix, name):
    """2,000 topics in ten chapters of ten parts."""
    for one in range(10):
        yield Node(f"{prefix}{one}", name.format(one), None, 0)
        for two in range(10):
            yield Node(f"{prefix}{one}.{two}", name.format(f"{one} {two}"), f"{prefix}{one}", 1)
            for n in range(19):
                yield Node(f"{prefix}{one}.{two}.{n}", name.format(f"{one} {two} {n}"), f"{prefix}{one}.{two}", 2)


@pytest.mark.parametrize(
    "new",
    [
        [*wide("n", "Theme {} and its affairs in detail")],
        [*wide("n", "Wholly other {}")],
        [Node(f"n{n}", f"Topics {n % 50} and its matters in detail", None, 0) for n in range(2_000)],
    ],
    ids=["renamed and renumbered", "different", "flat and alike"],
)
def test_no_topic_of_large_trees_is_lost(new):
    old = [*wide("o", "Topic {} and its matters in detail")]
    found = list(compare(old, new))
    assert len([f for f in found if f.old]) == len(old)
    assert len([f for f in found if f.new]) == len(new)


@pytest.mark.parametrize("words", ["", "  ", "..", "T1..", "..T2", " .. T2"])
def test_words_that_name_no_two_subjects_are_refused(words):
    with pytest.raises(UnknownTarget) as refused:
        between(NOBODY, NOBODY, 1, words)
    assert "OLD..NEW" in refused.value.hint


def test_spaces_around_the_codes_say_nothing(monkeypatch):
    trees = {"T1": list(OLD), "T2": list(NEW)}
    monkeypatch.setattr(comparing, "_tree", lambda conn, pack, scope_id, code: trees.get(code, []))
    told = between(NOBODY, NOBODY, 1, " T1 ..  T2 ")
    assert (told.old, told.new) == ("T1", "T2")


trees = st.lists(st.tuples(st.text("abcdef ", min_size=1, max_size=12), st.integers(0, 5)), max_size=25)


def grown(drawn):
    nodes: list[Node] = []
    for place, (name, parent) in enumerate(drawn):
        above = nodes[parent] if parent < len(nodes) else None
        nodes.append(Node(f"c{place}", name, above.code if above else None, above.level + 1 if above else 0))
    return nodes


@given(trees, trees)
def test_no_topic_is_lost_and_none_is_told_of_twice(one, other):
    old, new = grown(one), grown(other)
    found = list(compare(old, new))
    assert sorted(f.new.code for f in found if f.new) == sorted(n.code for n in new)
    assert sorted(f.old.code for f in found if f.old) == sorted(n.code for n in old)


@given(trees)
def test_a_tree_is_the_same_as_itself(drawn):
    tree = grown(drawn)
    assert all(f.kinds == ("same",) for f in compare(tree, tree))


@given(trees, st.integers())
def test_siblings_in_another_order_are_the_same_topics(drawn, seed):
    tree = grown(drawn)
    shuffled = random.Random(seed).sample(tree, len(tree))
    assert all(f.kinds == ("same",) for f in compare(tree, shuffled))
