"""Which of several layouts a document is read in, how sure that is, and when it is held."""

import pytest

from greenroom.model.errors import ContractBroken, SourceEmpty
from greenroom_exams.documents import Component, Finding, OptionGroup, Topic
from greenroom_exams.layouts.families import Family, Reading, chosen
from greenroom_exams.layouts.plain_text import read_text

PDF = read_text(b"Lantern Studies\n1 Lamps\n", name="lantern.txt")


def topics(count):
    return tuple(Topic(str(n), f"Topic {n}", 0, None, n) for n in range(1, count + 1))


def errors(*rules):
    return tuple(Finding(rule, "error", "something is lost") for rule in rules)


def family(name, count, *rules, **more):
    return Family(name, lambda pdf: Reading(topics(count), errors(*rules), **more))


def read(*families, **more):
    return chosen(PDF, families, name="lantern.txt", **more)


def rules(parsed):
    return [finding.rule for finding in parsed.findings]


def test_the_family_without_a_fault_is_taken_of_two_that_find_as_much():
    parsed = read(family("broken", 20, "numbering_gap"), family("whole", 20))
    assert (parsed.layout, parsed.confidence, parsed.findings) == ("whole", 1.0, ())
    assert parsed.tried == {"broken": 0.5, "whole": 1.0}


def test_three_headings_without_a_fault_do_not_beat_three_hundred_topics():
    parsed = read(family("headings", 3), family("statements", 300, "numbering_gap"))
    assert parsed.layout == "statements"
    assert parsed.tried == {"headings": 0.01, "statements": 0.5}
    assert len(parsed.topics) == 300


def test_below_the_bound_a_subject_is_held_and_at_it_not():
    assert rules(read(family("one", 9, "a"), least_confidence=0.5)) == ["a"]
    held = read(family("two", 9, "a", "b"), least_confidence=0.5)
    assert rules(held) == ["a", "b", "low_confidence"]
    assert (held.confidence, held.findings[-1].severity) == (0.25, "error")
    assert rules(read(family("two", 9, "a", "b"), least_confidence=0.2)) == ["a", "b"]


def test_the_bound_holds_whatever_the_severity():
    doubts = tuple(Finding(f"doubt {n}", "warning", "unsure") for n in range(20))
    parsed = read(Family("doubtful", lambda pdf: Reading(topics(5), doubts)))
    assert "low_confidence" in rules(parsed)


def test_what_belongs_to_the_tree_comes_with_it():
    component, group = Component("1", "Paper 1"), OptionGroup("A", "Fuels", 1, 1)
    parsed = read(family("other", 2), family("taken", 4, components=(component,), option_groups=(group,)))
    assert (parsed.components, parsed.option_groups) == ((component,), (group,))
    assert parsed.counts == {"topics": 4}


def test_a_family_that_cannot_make_sense_of_it_leaves_it_to_the_others():
    def refuses(pdf):
        raise ContractBroken("no table here")

    nothing = Family("nothing", lambda pdf: None)
    parsed = read(Family("refuses", refuses), nothing, family("reads", 2))
    assert parsed.tried == {"reads": 1.0}


def test_a_document_that_no_family_reads_is_refused_with_the_names_of_all():
    with pytest.raises(SourceEmpty, match="laid out as none of tables, outline"):
        read(Family("tables", lambda pdf: None), Family("outline", lambda pdf: Reading(())))
