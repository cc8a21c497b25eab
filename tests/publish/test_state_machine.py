"""Any order of editions, switches, cards, hand edits, undoings: production is what the model says, no card is lost.

GREENROOM_TEST_EXAMPLES=500 makes a long run, with new random examples each time.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import psycopg
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.publish import model
from tests.publish.exams import Exams, Paper, Refused, Subject, Topic, assert_settled, assert_truths
from tests.publish.flatpack import install
from tests.publish.model import Node

CODES = ("7402", "7405")
NAMES = ("Introduction", "Cells", "Genes", "Osmosis", "Ecology", "Practical skills", "Enzymes", "Waves", "Fields")
CARDS = ("public.flashcards", "public.quiz_topics", 'study."Notes"')
COUNT = int(os.environ.get("GREENROOM_TEST_EXAMPLES", "0"))

bounded = settings(
    max_examples=COUNT or 12,
    stateful_step_count=50 if COUNT else 30,
    derandomize=not COUNT,
    deadline=None,
    database=None,
    print_blob=True,
    phases=(Phase.generate, Phase.shrink) if COUNT else (Phase.generate,),
    suppress_health_check=list(HealthCheck),
)

subject = st.sampled_from(CODES)
index = st.integers(0, 1000)
name = st.sampled_from(NAMES)


class Machine(RuleBasedStateMachine):
    make_database: ClassVar[Callable[..., Any]]

    def __init__(self) -> None:
        super().__init__()
        self.connection = psycopg.connect(type(self).make_database("exams").url, autocommit=True)
        self.exams = Exams(self.connection).app()
        # an adopted inbox has not our unique key
        self.connection.execute(
            "alter table public.staging_aqa_topics drop constraint staging_aqa_topics_subject_id_topic_code_key"
        )
        self.labels = 0
        self.drafts: dict[str, list[Node]] = {code: [] for code in CODES}
        self.papers: dict[str, dict[tuple, str]] = {code: {} for code in CODES}
        self.names = dict.fromkeys(CODES, "First name")
        self.version: dict[str, str | None] = dict.fromkeys(CODES)
        self.staged: dict[tuple[str, str], object] = {}
        self.log: list[model.Release] = []
        self.ever: set[str] = set()
        self.drifting = False

    def teardown(self) -> None:
        self.connection.close()

    # the edition being written

    def _node(self, code: str, n: int) -> Node | None:
        return self.drafts[code][n % len(self.drafts[code])] if self.drafts[code] else None

    def _below(self, code: str, label: int) -> set[int]:
        found = {label}
        while True:
            more = {n.label for n in self.drafts[code] if n.parent in found} - found
            if not more:
                return found
            found |= more

    def _free_code(self, code: str) -> str:
        used = {n.code for n in self.drafts[code]}
        return next(str(n) for n in range(1, 10_000) if str(n) not in used)

    @initialize(sizes=st.tuples(st.integers(1, 7), st.integers(1, 3)))
    def begin(self, sizes: tuple[int, int]) -> None:
        for code, size in zip(CODES, sizes, strict=True):
            for n in range(size):
                self.add(code, n // 2, NAMES[n % len(NAMES)], n % 3 > 0)

    @rule(code=subject, at=index, name=name, inside=st.booleans())
    def add(self, code: str, at: int, name: str, inside: bool) -> None:
        if len(self.drafts[code]) > 520:
            return
        self.labels += 1
        above = self._node(code, at) if inside else None
        node = Node(self.labels, self._free_code(code), name, above.label if above else None)
        place = at % (len(self.drafts[code]) + 1)
        self.drafts[code].insert(place, node)

    @rule(code=subject, at=index)
    def remove(self, code: str, at: int) -> None:
        node = self._node(code, at)
        if node and len(self._below(code, node.label)) < len(self.drafts[code]):
            gone = self._below(code, node.label)
            self.drafts[code] = [n for n in self.drafts[code] if n.label not in gone]

    @rule(code=subject, at=index, name=name)
    def rename(self, code: str, at: int, name: str) -> None:
        if node := self._node(code, at):
            self.drafts[code] = model.renamed(self.drafts[code], node.label, name)

    @rule(code=subject, at=index, under=index)
    def move(self, code: str, at: int, under: int) -> None:
        node, above = self._node(code, at), self._node(code, under)
        if node and above and above.label not in self._below(code, node.label):
            self.drafts[code] = [
                replace(n, parent=above.label) if n.label == node.label else n for n in self.drafts[code]
            ]

    @rule(code=subject, at=index, size=st.sampled_from((2, 2, 3)))
    def turn_codes(self, code: str, at: int, size: int) -> None:
        """Two swapped, three turned round."""
        nodes = self.drafts[code]
        if len(nodes) >= size and all(n.code for n in nodes):
            chosen = [nodes[(at + i) % len(nodes)] for i in range(size)]
            codes = {n.label: chosen[(i + 1) % size].code for i, n in enumerate(chosen)}
            self.drafts[code] = [replace(n, code=codes.get(n.label, n.code)) for n in nodes]

    @rule(code=subject, by=st.sampled_from((1, 1, 2, -1)), many=st.sampled_from((0, 0, 0, 0, 40, 500)))
    def shift_codes(self, code: str, by: int, many: int) -> None:
        """Renumbered in the order they stand, as a first sibling more or less does; sometimes with hundreds."""
        if many and len(self.drafts[code]) < 20:
            start = self.labels
            self.labels += many
            self.drafts[code] += [Node(start + n, f"s{start + n}", f"Sibling {start + n}") for n in range(1, many + 1)]
        numbers = {n.code: i for i, n in enumerate(self.drafts[code])}
        if all(n.code for n in self.drafts[code]):
            self.drafts[code] = [replace(n, code=str(numbers[n.code] + 10 + by)) for n in self.drafts[code]]

    @rule(code=subject)
    def drop_codes(self, code: str) -> None:
        places = [(n.parent, model.fold(n.name)) for n in self.drafts[code]]
        if len(places) == len(set(places)):
            self.drafts[code] = [replace(n, code=None) for n in self.drafts[code]]

    @rule(code=subject)
    def give_codes(self, code: str) -> None:
        for n in list(self.drafts[code]):
            if not n.code:
                fresh = replace(n, code=self._free_code(code))
                self.drafts[code] = [fresh if m.label == n.label else m for m in self.drafts[code]]

    @rule(code=subject, name=name, year=st.integers(2019, 2023), url=st.sampled_from("abc"), gone=st.booleans())
    def write_papers(self, code: str, name: str, year: int, url: str, gone: bool) -> None:
        self.names[code] = name
        if gone and len(self.papers[code]) > 1:
            self.papers[code].pop((year, 1), None)
        else:
            self.papers[code][year, 1] = f"https://example.org/{url}.pdf"

    # the pipeline

    def _subject(self, code: str, topics: bool = True, papers: bool = True) -> Subject:
        by_label = {n.label: n for n in self.drafts[code]}
        assert all(n.parent is None or n.parent in by_label for n in self.drafts[code])
        return Subject(
            code,
            self.names[code],
            version=self.version[code],
            topics=tuple(
                Topic(n.code, n.name, str(n.parent) if n.parent is not None else None, label=str(n.label))
                for n in self._parents_first(code)
            )
            if topics
            else (),
            papers=tuple(Paper(year=y, number=k, url=u) for (y, k), u in self.papers[code].items()) if papers else (),
        )

    def _parents_first(self, code: str) -> list[Node]:
        """Depth-first, so that a line's level is known from its parent; the edition's order is this one."""
        ordered: list[Node] = []

        def walk(parent: int | None) -> None:
            for n in self.drafts[code]:
                if n.parent == parent:
                    ordered.append(n)
                    walk(n.label)

        walk(None)
        self.drafts[code] = ordered
        return ordered

    @rule(codes=st.sets(subject, min_size=1), what=st.sampled_from(("all", "all", "all", "topics", "papers")))
    def stage(self, codes: set[str], what: str) -> None:
        self.exams.clean()
        known = {
            row["subject_code"]
            for row in self.exams.rows("select subject_code from public.exam_board_subjects where retired_at is null")
        }
        for code in sorted(codes):
            topics = what != "papers" or (code not in known and ("topics", code) not in self.staged)
            found = self._subject(code, topics=topics, papers=what != "topics")
            self.exams.inbox(found)
            self.staged["subjects", code] = self.names[code]
            if topics:
                self.staged["topics", code] = model.lines(self.drafts[code])
            if found.papers:
                self.staged["papers", code] = dict(self.papers[code])
        self.exams.seal()

    @precondition(lambda self: not self.drifting)
    @rule(code=subject)
    def stage_a_code_twice(self, code: str) -> None:
        nodes = [n for n in self.drafts[code] if n.code]
        if len(nodes) < 2:
            return
        before = self.exams.image()
        kept, staged = self.drafts[code], dict(self.staged)
        self.drafts[code] = [replace(n, code=nodes[0].code) if n.label == nodes[1].label else n for n in kept]
        self.stage({code}, "all")
        self.exams.approve()
        try:
            self.exams.promote()
        except Refused as refused:
            assert "duplicate_key" in refused.checks
        else:
            raise AssertionError("a code that stands twice was promoted")
        assert self.exams.image() == before
        self.drafts[code], self.staged = kept, staged
        self.stage({code}, "all")

    @rule()
    def clean_inbox(self) -> None:
        self.exams.clean()

    def _pending(self) -> set[tuple[str, str]]:
        return {
            (u["dataset"], u["key"][0])
            for u in self.exams.rows(
                "select dataset, key from greenroom.unit where id = any (greenroom_exams.pending(%s))", self.exams.scope
            )
        }

    def _live(self) -> set[str]:
        return {
            row["subject_code"]
            for row in self.exams.rows(
                "select subject_code from public.exam_board_subjects where live_in_app and retired_at is null"
            )
        }

    @precondition(lambda self: not self.drifting)
    @rule(live=st.booleans())
    def promote(self, live: bool) -> None:
        self.exams.approve()
        pending = self._pending()
        if not pending and not self.log:
            return
        before, standing, pointed = self.exams.image(), self._standing(), self._pointed_at()
        lands = {p for p in pending if live or p[1] not in self._live()}
        answer = self.exams.promote(live=live)
        self._check_landed(lands, before, standing, pointed)
        self._note(answer["release"] if answer["written"] else None, "promote", before)
        # what equals production is only noted; the rest of what is live waits in one prepared release
        assert self._pending() <= pending - lands
        assert bool(self._pending()) == ("prepared" in answer)

    @precondition(lambda self: not self.drifting and self.log)
    @rule(on=st.booleans())
    def switch(self, on: bool) -> None:
        if not self.exams.rows("select * from greenroom.published"):
            return
        self.exams.approve()
        waiting = self.exams.one("select max(id) from greenroom.release where state in ('prepared', 'stale')")
        fresh = waiting and self.exams.one("select greenroom_exams.fresh(%s)", waiting)
        units = (
            {
                (u["dataset"], u["key"][0])
                for u in self.exams.rows(
                    "select dataset, key from greenroom.release_unit where release_id = %s", waiting
                )
            }
            if fresh
            else (self._pending() if waiting else set())
        )
        before, standing, pointed = self.exams.image(), self._standing(), self._pointed_at()
        landed = self.exams.live(on)["landed"]
        if on:
            self._check_landed(units, before, standing, pointed)
            if landed and landed["written"]:
                self._note(landed["release"], "promote", before)
        else:
            assert {k: model.plain(v) for k, v in self.exams.image().items()} == {
                k: model.plain(v) for k, v in before.items()
            }

    @rule(on=st.booleans(), code=subject)
    def switch_by_hand(self, on: bool, code: str) -> None:
        self.exams.rows("update public.exam_board_subjects set live_in_app = %s where subject_code = %s", on, code)

    @precondition(lambda self: not self.drifting and any(r.in_force for r in self.log))
    @rule(at=index, many=st.sampled_from((1, 1, 1, 0)))
    def roll_back(self, at: int, many: int) -> None:
        """One release, or all that are in force since one."""
        if many:
            applied = [r for r in self.log if r.in_force]
            chosen = [applied[at % len(applied)]]
        else:
            applied = [r for r in self.log if r.in_force and r.kind != "rollback"]
            chosen = applied[at % len(applied) :] if applied else []
        if not chosen:
            return
        before = self.exams.image()
        try:
            expected = model.undone(before, chosen, self._pointed_at())
        except model.Refusal:
            expected = None
        try:
            answer = self.exams.rollback(*(r.id for r in chosen))
        except Refused as refused:
            assert expected is None, f"refused without need: {refused.findings}"
            assert refused.checks == {"touched_later"}
            assert self.exams.image() == before
            return
        assert expected is not None, "undone, though a later release stands on the same rows"
        found = self.exams.image()
        for key, row in expected.items():
            if row["retired_at"] == "now":
                assert found[key]["retired_at"] is not None
                expected[key] = row | {"retired_at": found[key]["retired_at"], "release_id": answer["release"]}
        assert found == expected
        for r in chosen:
            r.in_force = False
            for other in self.log:
                if other.id in r.undoes:
                    other.in_force = True
        self._note(answer["release"], "rollback", before, tuple(r.id for r in chosen))

    # other hands

    @rule(at=index, table=st.sampled_from(CARDS), current=st.booleans())
    def hang_a_card(self, at: int, table: str, current: bool) -> None:
        topics = self.exams.rows("select id, retired_at from public.curriculum_topics order by id")
        topics = [t for t in topics if (t["retired_at"] is None) == current]
        if topics:
            self.exams.hang(table, topics[at % len(topics)]["id"])

    @rule(table=st.sampled_from(CARDS))
    def drop_cards(self, table: str) -> None:
        self.exams.rows(f"delete from {table}")
        self.cards = self.exams.hanging()

    @rule(at=index)
    def download(self, at: int) -> None:
        papers = self.exams.rows("select id from public.exam_papers order by id")
        if papers:
            self.exams.rows("insert into public.downloads (paper_id) values (%s)", papers[at % len(papers)]["id"])

    @precondition(lambda self: not self.drifting)
    @rule(at=index, how=st.sampled_from(("rename", "recode", "delete", "insert")), adopt=st.booleans())
    def edit_by_hand(self, at: int, how: str, adopt: bool) -> None:
        topics = self.exams.rows("select * from public.curriculum_topics where retired_at is null order by id")
        if not topics or not self._drift_is_watched():
            return
        topic = topics[at % len(topics)]
        before = self.exams.image()
        pointed = self._pointed_at() | {p for row in before.values() for p in model.parents(row)}
        if how == "delete" and f"curriculum_topics {topic['id']}" in pointed:
            return
        statement = {
            "rename": "update public.curriculum_topics set topic_name = 'By hand ' || topic_name where id = %s",
            "recode": "update public.curriculum_topics set topic_code = 'h' || topic_code || '-' || id where id = %s",
            "delete": "delete from public.curriculum_topics where id = %s",
            "insert": "insert into public.curriculum_topics (exam_board_subject_id, topic_code, topic_name, topic_level)"  # noqa: E501
            " select exam_board_subject_id, 'hand ' || gen_random_uuid(), 'By hand', 0 from public.curriculum_topics where id = %s",  # noqa: E501
        }[how]
        self.exams.rows(statement, topic["id"])
        edited = self.exams.image(stamps=False)
        if self._pending():
            try:
                self.exams.promote()
            except Refused as refused:
                assert "drift" in refused.checks
            else:
                raise AssertionError("a hand-made change was not noticed")
        release = self.exams.settle(adopt)["release"]
        if adopt:
            assert self.exams.image(stamps=False) == edited
            self._note(release, "adopt", before)
        else:
            assert self.exams.image() == before

    def _drift_is_watched(self) -> bool:
        return bool(self.exams.rows("select 1 from greenroom.published where row_count > 0 and dataset = 'topics'"))

    # what the model says

    def _standing(self) -> dict[str, list[model.Standing]]:
        found: dict[str, list[model.Standing]] = {code: [] for code in CODES}
        for row in self.exams.rows(
            "select t.*, s.subject_code from public.curriculum_topics as t"
            " join public.exam_board_subjects as s on s.id = t.exam_board_subject_id"
        ):
            found[row["subject_code"]].append(
                model.Standing(
                    str(row["id"]),
                    row["topic_code"],
                    row["topic_name"],
                    str(row["parent_topic_id"]) if row["parent_topic_id"] else None,
                    row["retired_at"].isoformat() if row["retired_at"] else None,
                )
            )
        return found

    def _pointed_at(self) -> set[str]:
        tables = {"public.downloads": "exam_papers", "public.decks": "exam_board_subjects"}
        return {f"{tables.get(place, 'curriculum_topics')} {target}" for place, _, target in self.exams.hanging()}

    def _check_landed(self, lands: set[tuple[str, str]], before: dict, standing: dict, pointed: set[str]) -> None:
        now = self.exams.image()
        for code in CODES:
            subjects = [
                r
                for k, r in now.items()
                if k.startswith("exam_board_subjects") and r["subject_code"] == code and r["retired_at"] is None
            ]
            root = subjects[0]["id"] if subjects else None
            rows = {k: r for k, r in now.items() if r.get("exam_board_subject_id") == root and root}
            if ("subjects", code) in lands:
                assert [s["subject_name"] for s in subjects] == [self.staged["subjects", code]]
            if ("topics", code) in lands:
                self._check_topics(self.staged["topics", code], standing[code], rows, before, pointed, now)
            else:
                assert {k: r for k, r in now.items() if "topic_code" in r and r["exam_board_subject_id"] == root} == {
                    k: r for k, r in before.items() if "topic_code" in r and r["exam_board_subject_id"] == root
                }
            if ("papers", code) in lands:
                self._check_papers(self.staged["papers", code], rows, before, pointed)

    def _check_topics(self, edition, standing, rows, before, pointed, now) -> None:
        current = {r["topic_code"]: r for r in rows.values() if "topic_code" in r and r["retired_at"] is None}
        by_id = {r["id"]: r["topic_code"] for r in current.values()}
        assert {
            code: (r["topic_name"], by_id.get(r["parent_topic_id"]), r["topic_level"], r["sort_order"])
            for code, r in current.items()
        } == {x.code: (x.name, x.parent, x.level, x.sort) for x in edition}
        expected = model.resolve(edition, standing)
        for code, kept in expected.items():
            if kept is None:
                assert current[code]["id"] not in self.ever, f"{code} took the id of another topic"
            else:
                assert current[code]["id"] == kept, f"{code} lost its id"
        leaving = {f"curriculum_topics {s.id}" for s in standing if s.retired_at is None} - {
            f"curriculum_topics {i}" for i in expected.values() if i
        }
        staying = {k: r for k, r in now.items() if "topic_code" in r}
        shadow = staying | {k: before[k] for k in leaving}
        kept_rows = model.keep(shadow, leaving, pointed)
        assert {k for k in leaving if k in now} == kept_rows
        assert all(now[k]["retired_at"] for k in kept_rows)

    def _check_papers(self, wanted, rows, before, pointed) -> None:
        papers = {k: r for k, r in rows.items() if "url" in r and r["retired_at"] is None}
        assert {(r["year"], r["paper_number"]): r["url"] for r in papers.values()} == wanted
        root = next(iter(papers.values()))["exam_board_subject_id"]
        old = {k: r for k, r in before.items() if "url" in r and r["exam_board_subject_id"] == root}
        place = {(r["year"], r["paper_number"]): k for k, r in papers.items()}
        for k, r in old.items():
            if r["retired_at"] is None:
                spot = (r["year"], r["paper_number"])
                if spot in place:
                    assert place[spot] == k, "a paper that stayed lost its id"
                else:
                    assert (k in rows) == (k in pointed), "what somebody points at stays, the rest goes"

    def _note(self, release: int | None, kind: str, before: dict, undoes: tuple[int, ...] = ()) -> None:
        after = self.exams.image()
        self.ever |= {r["id"] for r in after.values()}
        changed = {k for k in before.keys() | after.keys() if model.plain(before.get(k)) != model.plain(after.get(k))}
        if release is None:
            assert not changed
            return
        self.log.append(
            model.Release(
                release,
                kind,
                {k: before[k] for k in changed if k in before},
                {k: after[k] for k in changed if k in after},
                undoes=undoes,
            )
        )

    @invariant()
    def truths(self) -> None:
        assert_truths(self.exams)
        assert_settled(self.exams)

    @invariant()
    def cards_stand(self) -> None:
        cards = self.exams.hanging()
        known = getattr(self, "cards", [])
        assert set(known) <= set(cards), "a learner's card was lost"
        topics = {
            str(r["id"])
            for r in self.exams.rows(
                "select id from public.curriculum_topics union all select id from public.exam_papers"
            )
        }
        assert all(target in topics for _, _, target in cards)
        self.cards = cards

    @precondition(lambda self: not self.drifting and self.log)
    @rule()
    def promote_again(self) -> None:
        """Twice is once."""
        self.promote(False)
        digest, last, cards = self.exams.digest(), self.exams.last_release(), self.exams.hanging()
        self.exams.seal()
        if self._pending() <= {p for p in self._pending() if p[1] in self._live()}:
            self.exams.promote()
            assert self.exams.digest() == digest
            assert self.exams.hanging() == cards
            assert self.exams.last_release() == last


class FlatMachine(RuleBasedStateMachine):
    """Years of flat rows: whole files, parts, hand edits, undoings."""

    make_database: ClassVar[Callable[..., Any]]

    def __init__(self) -> None:
        super().__init__()
        self.connection = psycopg.connect(type(self).make_database("exams").url, autocommit=True)
        self.flat = install(self.connection)
        self.years: dict[str, dict[str, int]] = {}
        self.whole: set[str] = set()
        self.current: tuple[str, dict[str, int]] | None = None
        self.before: list[tuple[int | None, list, tuple]] = []

    def teardown(self) -> None:
        self.connection.close()

    def _memory(self) -> tuple:
        return ({y: dict(rows) for y, rows in self.years.items()}, set(self.whole), self.current)

    @rule(
        year=st.sampled_from(("2021", "2022", "2023")),
        rows=st.dictionaries(st.sampled_from("abcde"), st.integers(0, 3), min_size=1),
        whole=st.booleans(),
    )
    def publish(self, year: str, rows: dict[str, int], whole: bool) -> None:
        image, memory, last = self.flat.image(), self._memory(), self._last()
        self.flat.publish([(school, year, str(points)) for school, points in rows.items()], whole)
        held = self.years.setdefault(year, {})
        if whole:
            held.clear()
            self.whole.add(year)
        held.update(rows)
        if whole and year == max(self.whole):
            self.current = (year, dict(rows))
        if self._last() != last:
            self.before.append((self._last(), image, memory))
        else:
            assert self.flat.image() == image

    def _last(self) -> int | None:
        return self.flat.one("select max(id) from greenroom.release where state = 'applied'")

    @precondition(lambda self: self.before)
    @rule(again=st.booleans())
    def undo_the_last(self, again: bool) -> None:
        release, image, (years, whole, current) = self.before.pop()
        assert release is not None
        now, memory = self.flat.image(), self._memory()
        undo = self.flat.rollback(release)["release"]
        assert self.flat.image() == image
        if again:
            self.flat.rollback(undo)
            assert self.flat.image() == now
            self.before.append((release, image, (years, whole, current)))
            self.years, self.whole, self.current = memory
        else:
            self.years, self.whole, self.current = years, whole, current
            # what was undone waits; the machine does not want it back
            self.flat.rows("update greenroom.unit set state = 'superseded' where state in ('sealed', 'held', 'ready')")

    @precondition(lambda self: any(self.years.values()))
    @rule(how=st.sampled_from(("points = 9", "delete", "year = '2020'")), adopt=st.booleans())
    def edit_by_hand(self, how: str, adopt: bool) -> None:
        image, memory = self.flat.image(), self._memory()
        year = next(y for y, rows in self.years.items() if rows)
        school = next(iter(self.years[year]))
        if how.startswith("year") and (year == "2020" or school in self.years.get("2020", {})):
            return
        place = "where school = %s and year = %s"
        self.flat.rows(
            f"delete from flat.scores_years {place}"
            if how == "delete"
            else f"update flat.scores_years set {how} {place}",
            school,
            year,
        )
        if how == "points = 9" and self.years[year][school] == 9:
            return
        release = self.flat.settle(adopt)["release"]
        if not adopt:
            assert self.flat.image() == image
            return
        self.before.append((release, image, memory))
        points = self.years[year].pop(school)
        if how != "delete":
            self.years.setdefault("2020" if how.startswith("year") else year, {})[school] = (
                9 if "points" in how else points
            )

    @invariant()
    def production_is_the_model(self) -> None:
        assert self.flat.state() == {(s, y): p for y, rows in self.years.items() for s, p in rows.items()}
        year, rows = self.current or ("", {})
        assert self.flat.current() == {s: (year, p) for s, p in rows.items()}


def test_flat_production_is_what_the_model_says(make_database):
    FlatMachine.make_database = staticmethod(make_database)
    run_state_machine_as_test(FlatMachine, settings=bounded)


def test_production_is_what_the_model_says(make_database):
    Machine.make_database = staticmethod(make_database)
    run_state_machine_as_test(Machine, settings=bounded)
