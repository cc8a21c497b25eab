"""What became of each topic between two specifications."""

import random

from hypothesis import given
from hypothesis import strategies as st

from greenroom.audit.compare import Comparison, Node, compare, text

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
