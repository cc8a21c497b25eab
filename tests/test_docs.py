"""The docs say what the product does: made pages are up to date, commands and links exist, examples are run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from docs import make_reference

from greenroom import Column, settings
from greenroom.catalog import packs

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
COMMANDS = make_reference.commands()


def fences(text, language=None):
    """The fenced blocks of a page, all or those of one language."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    return [block for kind, block in found if language in (None, kind)]


def page(path):
    return (ROOT / path).read_text(encoding="utf-8")


def named(pages):
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in pages]


# The reference


@pytest.mark.parametrize(("name", "text"), make_reference.pages().items(), ids=make_reference.pages().keys())
def test_a_made_page_is_up_to_date(name, text):
    assert (REFERENCE / name).read_text(encoding="utf-8") == text, "behind the code: just docs"


def test_every_verb_and_every_option_is_in_the_reference():
    sections = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", page("docs/reference/cli.md"), re.DOTALL | re.MULTILINE))
    assert sections.keys() == COMMANDS.keys()
    for verb, command in COMMANDS.items():
        spellings = [s for p in command.params for s in (*p.opts, *p.secondary_opts) if s.startswith("--")]
        for option in {*spellings} - {"--help"}:
            assert f"`{option}" in sections[verb], (verb, option)


def test_every_setting_is_in_the_reference():
    text = page("docs/reference/settings.md")
    assert [each.name for each in settings.listed({}) if f"| `{each.name}` |" not in text] == []


def test_every_error_is_in_the_reference_and_in_troubleshooting():
    listed, cured = page("docs/reference/errors.md"), page("docs/how-to/troubleshooting.md")
    for error in make_reference.error_classes():
        assert f"| {error.exit_code} | `{error.__name__}` |" in listed
        assert f"`{error.__name__}`" in cured
    for code, _ in make_reference.OTHER_CODES:
        assert f"| {code} |" in listed
        assert code == 0 or f"| {code} |" in cured


DATASETS = [pytest.param(pack, dataset, id=dataset.name) for pack in packs().values() for dataset in pack.datasets]


def parts(text):
    """The sections of a page by their titles."""
    return dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE))


@pytest.mark.parametrize(("pack", "dataset"), DATASETS)
def test_every_dataset_has_a_page_with_source_licence_key_columns_and_traps(pack, dataset):
    assert f"[{dataset.name}](datasets/{dataset.name}.md)" in page("docs/reference/datasets.md")
    text = page(f"docs/reference/datasets/{dataset.name}.md")
    sections = parts(text)
    assert f"| key | {', '.join(f'`{column}`' for column in dataset.key)} |" in text
    assert re.search(r"licence \| \S|Licence: \S", sections["Source"])
    for source in pack.sources:
        if source.dataset == dataset.name:
            told = sections["Source"]
            assert [word for word in (source.title, source.owner, source.licence) if word not in told] == []
            assert [place for place in (*source.urls, source.where) if place not in told] == []
            assert source.urls or source.where, f"nobody learns where to get {source.title}"
    assert [c.name for c in dataset.columns if f"| `{c.name}` |" not in sections["Columns"]] == []
    assert [form.name for form in dataset.forms if f"**{form.name}**" not in sections["Files it reads"]] == []
    assert [check.name for check in dataset.checks if f"| `{check.name}` |" not in sections["Checks"]] == []
    assert [trap for trap in dataset.traps if f"- {trap}" not in sections["Traps"]] == []
    assert dataset.traps or sections["Traps"].strip() == "None known."
    assert dataset.differs in sections.get("How it differs from the source document", "")


def test_no_page_is_left_of_a_dataset_that_is_gone():
    made = {f"{dataset.name}.md" for pack in packs().values() for dataset in pack.datasets}
    assert {path.name for path in (REFERENCE / "datasets").glob("*.md")} == made


def test_the_index_tells_the_tables_of_the_source_document_from_those_beside():
    text = page("docs/reference/datasets.md").partition("## Pack schools")[2]
    named, beside = re.findall(r"^### .*?\n(.*?)(?=^##|\Z)", text, re.DOTALL | re.MULTILINE)
    assert named.count("| [") == 29
    assert beside.count("| [") == sum(dataset.beside for dataset in packs()["schools"].datasets) > 0


@pytest.mark.parametrize(
    ("declared", "shown"),
    [
        (("uai_code",), "`uai_code`"),
        (("UAI", "u a-i"), ""),
        (("U {annee}", "U"), "`U [{annee}]`"),
        (("P{aa}_LOG",), "`P{aa}_LOG`"),
        (("log {annee}",), "`log {annee}`"),
        (("UAI {annee}",), "`uai [{annee}]`"),
    ],
)
def test_a_spelling_is_shown_once_whatever_does_not_count(declared, shown):
    assert make_reference._spelt(Column("uai", headers=declared)) == shown


@pytest.fixture
def both(make_database):
    with psycopg.connect(make_database("exams", "schools").url, autocommit=True) as connection:
        yield connection


def test_every_compiled_function_and_view_is_in_the_reference(both):
    text = page("docs/reference/sql-functions.md")
    made = both.execute(
        "select n.nspname || '.' || p.proname from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace"
        " where n.nspname like 'greenroom%' or n.nspname in ('educational_data', 'analytics')"
        " or p.proname = 'promote_staging_to_production'"
        " union select schemaname || '.' || viewname from pg_views"
        " where schemaname like 'greenroom%' or schemaname in ('preview', 'public')"
    ).fetchall()
    assert len(made) > 100
    # what each dataset has is told once, under NAME
    datasets = "|".join(sorted((d.name for d in packs()["schools"].datasets), key=len, reverse=True))
    ending = re.compile(rf"(?<=[._])({datasets})$")
    told = {name: (name, ending.sub("NAME", name)) for (name,) in made}
    missing = [n for n, ways in told.items() if not any(re.search(rf"`{re.escape(w)}[`(]", text) for w in ways)]
    assert missing == []


def test_every_column_and_index_of_the_caches_and_every_view_is_in_the_reference(both):
    sections = parts(page("docs/reference/caches.md"))
    columns = both.execute(
        "select c.relname, a.attname from pg_class as c join pg_attribute as a on a.attrelid = c.oid"
        " where c.relnamespace = 'educational_data'::regnamespace and c.relkind = 'm' and a.attnum > 0"
    ).fetchall()
    assert len({cache for cache, _ in columns}) == 3
    for cache, column in columns:
        row = re.search(rf"^\| `{column}` \| (.+) \| (.*) \|$", sections[cache], re.MULTILINE)
        assert row, (cache, column)
        assert "`" in row[1] or "](" in row[1], f"{cache}.{column}: from nowhere"
        assert row[2].strip(), f"{cache}.{column}: means nothing"
    for cache, index in both.execute(
        "select tablename, indexname from pg_indexes where schemaname = 'educational_data' and tablename like '%_cache'"
    ).fetchall():
        assert make_reference.SERVES[index]
        assert f"| `{index}` |" in sections[cache]
    views = both.execute("select viewname from pg_views where schemaname = 'educational_data'").fetchall()
    assert [name for (name,) in views if f"| `{name}` |" not in sections["Views"]] == []


def test_every_table_and_column_of_the_ledger_is_in_the_reference(both):
    text = page("docs/reference/ledger.md")
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE))
    columns = both.execute(
        "select table_name, column_name from information_schema.columns"
        " where table_schema = 'greenroom' and table_name !~ '^(batch|edited|prepared)_'"
    ).fetchall()
    assert len(columns) > 100
    assert [(t, c) for t, c in columns if f"| `{c}` |" not in sections.get(t, "")] == []


# What can be typed and clicked


def typed():
    """Every greenroom command line of the docs, and whether it stands in a block of its own."""
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        blocks = "" if path.name == "cli.md" else "\n".join(fences(text))
        prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
        lines = [(line, True) for line in re.findall(r"^(?:greenroom|python3 run\.py) .*$", blocks, re.MULTILINE)]
        lines += [(line, False) for line in re.findall(r"`((?:greenroom|python3 run\.py) [^`]+)`", prose)]
        for line, is_whole in lines:
            yield pytest.param(line, is_whole, id=f"{path.name}: {line}")


@pytest.mark.parametrize(("line", "is_whole"), [*typed()])
def test_a_command_line_in_the_docs_exists(line, is_whole):
    words = shlex.split(line.removeprefix("python3 run.py").removeprefix("greenroom"), comments=True)
    if words[0] in ("--help", "VERB") or (line.startswith("python3") and words[0] in ("setup", "test", "bench")):
        return
    verb = " ".join(words[:2]) if words[0] == "db" else words[0]
    assert verb in COMMANDS
    parameters = COMMANDS[verb].params
    known = {s for p in parameters for s in (*p.opts, *p.secondary_opts) if s.startswith("-")}
    given = words[: words.index("--")] if "--" in words else words
    options = {word for word in given if word.startswith("-")}
    assert options <= known | {"--help"}
    if is_whole:
        required = [p for p in parameters if p.required and p.param_type_name == "option"]
        assert [p.opts for p in required if not options & {*p.opts}] == []


@pytest.mark.parametrize("path", named(PAGES))
def test_a_relative_link_leads_somewhere(path):
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []


def headings(path):
    """The anchors that a page's headings have on the sites that show it."""
    found = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in found}


@pytest.mark.parametrize("path", named(PAGES))
def test_a_link_to_a_heading_finds_it(path):
    links = re.findall(r"\]\(([^)#\s]*\.md)?#([^)\s]+)\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if link[1] not in headings(path.parent / link[0] if link[0] else path)] == []


def test_every_page_of_the_docs_can_be_reached_from_the_readme():
    met, ahead = set(), [ROOT / "README.md"]
    while ahead:
        path = ahead.pop()
        if path in met or not path.exists():
            continue
        met.add(path)
        links = re.findall(r"\]\(([^)#\s]+\.md)", path.read_text(encoding="utf-8"))
        ahead += [(path.parent / link).resolve() for link in links if "://" not in link]
    assert sorted(str(path.relative_to(ROOT)) for path in {*PAGES} - met) == []


@pytest.mark.parametrize("path", named(PAGES))
def test_a_page_names_no_place_of_one_machine(path):
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"/(?:work|root|home|Users)/\S*", text) == []
    assert str(Path.home()) not in text or str(Path.home()) == "/"


# What is run


@pytest.mark.timeout(300)
def test_the_tutorial_can_be_followed(tmp_path):
    text = page("docs/tutorial/first-release.md").replace("/tmp/greenroom-tutorial", str(tmp_path / "home"))
    script = "\n".join(
        [
            "set -euo pipefail",
            f'greenroom() {{ {shlex.quote(sys.executable)} -P -m greenroom "$@"; }}',
            *fences(text, "sh"),
        ]
    )
    unwanted = ("GREENROOM_", "PG", "DATABASE_URL")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(unwanted)}
    try:
        done = subprocess.run(
            ["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
    finally:
        stop = [sys.executable, "-m", "greenroom", "db", "stop"]
        subprocess.run(
            stop, env=environment | {"GREENROOM_HOME": str(tmp_path / "home")}, capture_output=True, check=False
        )
    assert done.returncode == 0, f"\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    promised = [line for block in fences(text, "") for line in block.splitlines()]
    assert len(promised) >= 3
    assert [line for line in promised if line not in done.stdout] == []
    assert (tmp_path / "home" / "lantern.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.timeout(300)
def test_a_board_is_added_by_adding_one_file(tmp_path):
    text = page("docs/tutorial/your-first-board.md").replace("/tmp/greenroom-board", str(tmp_path / "home"))
    source = tmp_path / "src"
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    before = {path: path.read_bytes() for path in source.rglob("*") if path.is_file()}
    (parser,) = fences(text, "python")
    (source / "greenroom_exams" / "boards" / "harbour.py").write_text(parser, encoding="utf-8")
    greenroom = f'greenroom() {{ {shlex.quote(sys.executable)} -m greenroom "$@"; }}'
    script = "\n".join(["set -euo pipefail", greenroom, *fences(text, "sh")])
    unwanted = ("GREENROOM_", "PG", "DATABASE_URL")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(unwanted)}
    environment |= {"PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
    finally:
        stop = [sys.executable, "-m", "greenroom", "db", "stop"]
        subprocess.run(
            stop, env=environment | {"GREENROOM_HOME": str(tmp_path / "home")}, capture_output=True, check=False
        )
    assert done.returncode == 0, f"\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    promised = [line for block in fences(text, "") for line in block.splitlines()]
    assert len(promised) >= 2
    assert [line for line in promised if line not in done.stdout] == []
    assert "nothing new" in done.stdout
    assert "unproven_parser" in done.stdout
    # every other file is as it was
    assert {path: path.read_bytes() for path in before} == before


SCRAPED = """
insert into staging_aqa_subjects (id, code, name, exam_board, qualification_type, spec_version) values
  ('00000000-0000-0000-0000-000000000001', '1500', 'Computing', 'WJEC', 'A-Level', null),
  ('00000000-0000-0000-0000-000000000002', '9BS0', 'Business', 'Edexcel', 'A-Level', '2015');
insert into staging_aqa_topics (subject_id, topic_code, topic_name, level, sort_order, exam_board)
select s.id, n::text, 'Topic ' || n, 0, n, s.exam_board
from staging_aqa_subjects as s, generate_series(1, 6) as n;
insert into staging_aqa_topics (subject_id, parent_topic_id, topic_code, topic_name, level, exam_board)
select t.subject_id, t.id, t.topic_code || '.1', 'Part of ' || t.topic_code, 1, t.exam_board
from staging_aqa_topics as t where t.topic_code = '1';
insert into staging_aqa_exam_papers (subject_id, year, series, paper_number, question_paper_url, mark_scheme_url)
select s.id, 2023, 'June', 1, 'https://papers.example.org/1.pdf', 'https://papers.example.org/2.pdf'
from staging_aqa_subjects as s;
"""


@pytest.fixture
def app(make_database):
    """Two boards, promoted and live, with a flashcard on a topic that left its specification."""
    with psycopg.connect(make_database("exams").url, autocommit=True) as connection:
        connection.execute("set search_path = public")
        connection.execute(SCRAPED)
        _promote_both(connection)
        connection.execute("update exam_board_subjects set live_in_app = true")
        connection.execute(
            "create table flashcards (topic_id uuid references curriculum_topics (id) on delete cascade)"
        )
        connection.execute(
            "insert into flashcards select t.id from curriculum_topics as t"
            " join exam_board_subjects as s on s.id = t.exam_board_subject_id"
            " where t.topic_code = '6' and s.subject_code = '9BS0'"
        )
        connection.execute("delete from staging_aqa_topics where topic_code = '6'")
        _promote_both(connection)
        scope = "select greenroom_exams.live(greenroom_exams.scope_named(%s, 'A-Level'), true)"
        for board in ("WJEC", "Edexcel"):
            connection.execute(scope, [board])
        yield connection


def _promote_both(connection):
    for board in ("WJEC", "Edexcel"):
        connection.execute("select promote_staging_to_production(%s, 'A-Level')", [board])


def statements(path):
    return [block for block in fences(page(path), "sql") if block.split()[0].lower() in ("select", "update", "insert")]


def test_the_queries_for_the_app_run_and_count_right(app):
    scraped, compared, predicate, tree, papers = statements("docs/how-to/read-from-your-app.md")
    assert app.execute(scraped).fetchall() == [("WJEC", "A-Level", 1, 6, 1)]
    # the retired topic, which a flashcard keeps, is what the predicate leaves out
    assert sorted(app.execute(compared).fetchall()) == [("Production", 7), ("Staging", 6)]
    for role in (None, "anon", "authenticated"):
        with app.transaction():
            if role:
                app.execute(f"set local role {role}")
            assert app.execute(predicate).fetchall() == [("Production", 6)]
            assert [row[2] for row in app.execute(tree).fetchall()] == ["1", "2", "3", "4", "5", "1.1"]
            assert [row[4] for row in app.execute(papers).fetchall()] == ["mark scheme", "question paper"]


def test_the_documents_own_updates_do_what_the_docs_say(app):
    app.execute("update exam_board_subjects set live_in_app = false")
    (switch,) = statements("docs/how-to/go-live-and-undo.md")
    assert app.execute(switch).rowcount == 1
    (archive,) = statements("docs/how-to/new-specification-version.md")
    assert app.execute(archive).rowcount == 1
    assert app.execute("select count(*) from greenroom.drift").fetchone() == (0,)
    app.execute("update staging_aqa_subjects set spec_version = '2025' where code = '9BS0'")
    answer = app.execute("select promote_staging_to_production('Edexcel', 'A-Level')").fetchone()[0]
    assert answer["release"]
    assert app.execute(
        "select spec_version, is_current, spec_end_year, live_in_app from exam_board_subjects"
        " where subject_code = '9BS0' order by spec_version"
    ).fetchall() == [("2015", False, 2024, False), ("2025", True, None, False)]
    (teach,) = statements("docs/how-to/your-own-scraper.md")
    app.execute(teach)
    assert app.execute("select greenroom_exams.scope_named('Pearson UK', 'A level')").fetchone()


@pytest.mark.parametrize("name", ["refresh-and-freshness", "look-up-an-address"])
def test_the_queries_of_the_schools_pages_run(make_database, name):
    with psycopg.connect(make_database("schools").url, autocommit=True) as connection:
        found = statements(f"docs/how-to/{name}.md")
        assert found
        for query in found:
            assert connection.execute(query).rowcount != 0, query


def test_the_freshness_page_names_every_column_of_the_function(make_database):
    text = page("docs/how-to/refresh-and-freshness.md")
    with psycopg.connect(make_database("schools").url, autocommit=True) as connection:
        answer = connection.execute("select * from educational_data.check_data_freshness()")
        names = [column.name for column in answer.description]
        states = {row[names.index("state")] for row in answer.fetchall()}
    assert names[:3] == ["table_name", "last_updated", "row_count"]
    assert [name for name in [*names, *states] if f"`{name}`" not in text] == []
