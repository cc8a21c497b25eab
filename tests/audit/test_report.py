"""The page about a batch: its numbers are the database's, and scraped text does nothing on it."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import psycopg
import pytest
from psycopg import sql
from selectolax.lexbor import LexborHTMLParser
from tests.audit.test_diff import TREE, promote, scope_of, seal, write_subject

from greenroom.audit import report
from greenroom_exams.pack import pack
from greenroom_schools.pack import pack as schools

CHROMIUM = shutil.which("chromium") or ""

PAPERS = tuple(
    {"year": year, "series": "June", "component_code": "C1", "question_paper_url": f"https://x.org/{year}.pdf"}
    for year in (2021, 2022, 2022, 2023)
)

MARK = "<img src=x onerror=\"document.title='ran'\">"

HOSTILE = (
    "<script>document.title='ran'</script>",
    MARK,
    "\"><script>document.title='ran'</script>",
    "'><svg onload=\"document.title='ran'\">",
    "<svg><script>document.title='ran'</script></svg>",
    "<svg/onload=document.title='ran'>",
    "<svg><animate onbegin=document.title='ran' attributeName=x dur=1s>",
    "<svg><style><img src=x onerror=document.title='ran'></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=document.title='ran'>",
    "<body onload=document.title='ran'>",
    "<iframe srcdoc=\"<script>parent.document.title='ran'</script>\"></iframe>",
    "<iframe src=javascript:document.title='ran'>",
    "<object data=javascript:document.title='ran'>",
    "<embed src=javascript:document.title='ran'>",
    "<a href=javascript:document.title='ran'>press</a>",
    "<a href=\"java\tscript:document.title='ran'\">press</a>",
    "<form action=javascript:document.title='ran'><button autofocus>go</button></form>",
    "<input autofocus onfocus=document.title='ran'>",
    "<details open ontoggle=document.title='ran'>",
    "<video><source onerror=document.title='ran'></video>",
    "<marquee onstart=document.title='ran'>",
    "<meta http-equiv=refresh content=\"0;url=javascript:document.title='ran'\">",
    "<base href=https://evil.example/>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<style>*{display:none}</style>",
    "</style><script>document.title='ran'</script>",
    "</title><script>document.title='ran'</script>",
    "</textarea><script>document.title='ran'</script>",
    "</bdi></li></ul></details></main><script>document.title='ran'</script>",
    "--><script>document.title='ran'</script>",
    "<!--<script>document.title='ran'</script>",
    "]]><script>document.title='ran'</script>",
    "<![CDATA[<script>document.title='ran'</script>]]>",
    "<?xml version='1.0'?><script>document.title='ran'</script>",
    "{{7*7}}",
    "{{ ''.__class__.__mro__ }}",
    "{% for x in [1] %}looped{% endfor %}",
    "{# gone #}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "{{constructor.constructor('document.title=1')()}}",
    "javascript:document.title='ran'",
    "JaVaScRiPt:document.title='ran'",
    "javascript://x.org/%0adocument.title='ran'",
    "data:text/html,<script>document.title='ran'</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "https://x.org/\" onmouseover=\"document.title='ran'",
    "https://x.org/' onmouseover='document.title=1",
    "https://user:secret@evil.example/",
    "https://x.org/\u202efdp.exe",
    "http://[::1",
    "//evil.example/x",
    "abc\u202edcba\u202c",
    "\u2066isolated\u2069 and \u200bzero\u200dwidth\ufeff",
    "\x01\x02\x07\x08\x0b\x1b[31mred\x1b[0m\x7f\x9b",
    "\ufffd\ufffe\uffff\U000e0041",
    "%00%0d%0aSet-Cookie: a=b",
    "\\x3cscript\\x3edocument.title='ran'\\x3c/script\\x3e",
    "&lt;script&gt;document.title='ran'&lt;/script&gt;",
    "&#60;script&#62;document.title='ran'&#60;/script&#62;",
    "＜script＞document.title='ran'＜/script＞",
    "Z" + "\u0300\u0301\u0302" * 30,
    "W" * 4_000,
    "'; drop table public.exam_boards; --",
    "%s %(units)s {units}",
)


@pytest.fixture
def connection(make_database):
    with psycopg.connect(make_database("exams").url, autocommit=True) as connection:
        connection.execute("set search_path = ''")
        yield connection


@pytest.fixture
def hostile(connection):
    """A report in which every column of every table holds every hostile text somewhere."""
    write_hostile(connection)
    return report.gather(connection, pack, *seal(connection))


def write_hostile(connection):
    texts = HOSTILE
    harmless = [(f"{n}", None, "Old name", {"description": "Old"}) for n, _ in enumerate(texts)]
    write_subject(connection, name="Business", topics=harmless)
    promote(connection)
    changed = [
        (
            f"{n}",
            None,
            text,
            {
                "description": text,
                "geographical_region": text,
                "chronological_period": text,
                "component_code": text,
                "key_themes": json.dumps({text: [text]}),
                "page_reference": text,
            },
        )
        for n, text in enumerate(texts)
    ]
    coded = [(text, None, f"Code {n}", {"page_reference": text}) for n, text in enumerate(texts)]
    papers = [
        {
            "year": 2020,
            "series": "June",
            "component_code": text,
            "tier": text,
            "title": text,
            "question_paper_url": "https://x.org/1",
            "documents": json.dumps(
                [
                    {
                        "type": "qp",
                        "url": f"https://x.org/{text}",
                        "variant": text,
                        "language": text,
                        "title": text,
                        "position": text,
                    },
                    {"type": text, "url": "https://x.org/2"},
                    {"type": "ms", "url": text},
                ]
            ),
        }
        for text in texts
    ]
    papers += [{"year": 2020, "series": text, "url": text, "type": "qp"} for text in texts]
    write_subject(
        connection, name=MARK, topics=[*changed, *coded], papers=papers, specification_url="javascript:alert(1)"
    )
    for n, text in enumerate(texts[:12]):
        write_subject(connection, code=f"{n} {text[:60]}", name=text, topics=[("1", None, text)], spec_version=None)
    scope, _ = seal(connection)
    connection.execute("update greenroom.batch set source = %s, snapshot = %s, parser = %s", [texts[48], MARK, MARK])
    units = connection.execute("select greenroom_exams.pending(%s)", [scope]).fetchone()[0]
    for text in texts:
        connection.execute(
            "insert into greenroom.finding (unit_id, check_name, severity, message, row_key, position, found_by)"
            " values (%s, %s, 'warning', %s, %s, %s, 'parser')",
            [units[-1], text, text, text, text],
        )
    connection.execute("update greenroom.scope set name = %s where id = %s", [MARK + "{{7*7}}", scope])


def page(data):
    return LexborHTMLParser(report.render_html(data))


def assert_inert(html):
    tree = LexborHTMLParser(html)
    allowed = {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "a",
        "header",
        "div",
        "h1",
        "h2",
        "h3",
        "span",
        "main",
        "section",
        "p",
        "ul",
        "ol",
        "li",
        "code",
        "nav",
        "b",
        "i",
        "small",
        "br",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "svg",
        "rect",
        "g",
        "polyline",
        "figure",
        "figcaption",
        "bdi",
        "del",
        "ins",
        "footer",
    }
    attributes = {
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "href",
        "rel",
        "target",
        "id",
        "scope",
        "open",
        "viewbox",
        "preserveaspectratio",
        "aria-hidden",
        "aria-label",
        "aria-labelledby",
        "focusable",
        "role",
        "x",
        "y",
        "width",
        "height",
        "points",
    }
    for node in tree.css("*"):
        assert node.tag in allowed, node.html[:200]
        assert {name.lower() for name in node.attributes} <= attributes, node.html[:200]
    assert len(tree.css("style")) == 1
    assert len(tree.css("html > head > title")) == 1
    assert {node.attributes["http-equiv"] for node in tree.css("meta[http-equiv]")} == {"Content-Security-Policy"}
    for link in tree.css("a"):
        href = link.attributes["href"] or ""
        if not href.startswith("#"):
            assert re.match(r"https?://[^@\s\"'<>]+$", href), href
            assert "noopener" in (link.attributes["rel"] or "")


def test_every_number_is_the_databases(connection):
    write_subject(connection, papers=PAPERS[:2])
    promote(connection)
    more = (*TREE, ("2.2", "2", "Culture"), ("2.2.1", "2.2", "Values", {"description": "x"}))
    unread = ({"year": 2023, "series": "Sometime", "question_paper_url": "https://x.org/9"},)
    write_subject(connection, topics=more, papers=(*PAPERS[1:], *unread))
    write_subject(connection, code="9GG0", name="Geography", topics=TREE[:3])
    scope, units = seal(connection)
    data = report.gather(connection, pack, scope, units)

    (batch,) = data.batches
    stored = connection.execute(
        "select read_count, staged_count, quarantined_count, duplicate_count from greenroom.batch where id = %s",
        [batch.id],
    ).fetchone()
    assert (batch.read, batch.staged, batch.quarantined, batch.duplicates) == stored
    assert batch.read == batch.staged + batch.quarantined + batch.duplicates
    assert (batch.quarantined, data.quarantine_total, data.quarantine_by_rule) == (1, 1, {"unknown_series": 1})

    business, geography = data.parts
    assert (business.title, business.is_live, geography.is_live) == ("Business", False, None)
    topics = business.measured["topics"]
    assert (topics.staged, topics.published, topics.state) == (7, 5, "sealed")
    assert topics.by_level == report.Tally({"0": 2, "1": 4, "2": 1}, {"0": 2, "1": 3})
    assert topics.by_depth == report.Tally({"1": 2, "2": 4, "3": 1}, {"1": 2, "2": 3})
    papers = business.measured["papers"]
    assert papers.by["year"] == report.Tally({"2022": 1, "2023": 1}, {"2021": 1, "2022": 1})
    assert papers.by["type"].staged == {"question paper": papers.staged}
    assert geography.measured["topics"].published == 0
    assert data.changes.counts["topics"].added == 5
    assert data.trends["topics"] == ((1, 5),)
    assert connection.execute("select count(*) from greenroom.finding").fetchone() == (0,), "nothing is stored"

    html = report.render_html(data)
    shown = LexborHTMLParser(html)
    assert [b.text() for b in shown.css(".sum b")] == [f"{n:,}" for n in stored]
    row = next(tr for tr in shown.css(".bars tr") if "9BS0 Business" in tr.text())
    assert [cell.text() for cell in row.css("td.n")] == ["7", "5"]


def test_the_verdict_follows_the_gate(connection):
    write_subject(connection)
    scope, units = seal(connection)
    ready = report.gather(connection, pack, scope, units)
    assert (ready.verdict_words, ready.next_steps[0].command) == ("ready", 'greenroom promote "WJEC A-Level"')

    write_subject(connection, topics=[*TREE, ("2.3", None, "Broken \ufffd text")])
    held = report.gather(connection, pack, *seal(connection))
    assert held.verdict_words == "held: 1 finding"
    assert held.stopping_by_check == {"warning": {"damaged_text": 1}}
    assert held.next_steps[0].command == 'greenroom approve "WJEC A-Level" --by NAME --note TEXT'

    connection.execute("select greenroom_exams.decide(%s, 'approved', 'me', 'seen')", [scope])
    approved = report.gather(connection, pack, scope, held_units(connection, scope))
    assert (approved.verdict, approved.finding_counts) == ("ready", {"approved": 1})

    write_subject(connection, topics=[*TREE, ("9", None, None)])
    broken = report.gather(connection, pack, *seal(connection))
    assert broken.verdict == "held"
    assert broken.next_steps[0].command == 'greenroom seal "WJEC A-Level"'
    assert broken.findings[0].severity == "error"


def held_units(connection, scope):
    return connection.execute("select greenroom_exams.pending(%s)", [scope]).fetchone()[0]


def test_a_waived_finding_is_shown_and_stops_nothing(connection):
    write_subject(connection, topics=[*TREE, ("2.3", None, "Broken \ufffd text")])
    scope, units = seal(connection)
    until = datetime.now(UTC).date() + timedelta(days=9)
    connection.execute("select greenroom_exams.waive(%s, 'damaged_text', 'me', 'known', %s)", [scope, until])
    data = report.gather(connection, pack, scope, units)
    assert (data.verdict, data.finding_counts) == ("ready", {"waived": 1})
    assert "○ waived" in report.render_html(data)


def test_a_change_made_by_hand_holds_it(connection):
    write_subject(connection)
    promote(connection)
    connection.execute("update public.curriculum_topics set topic_name = 'By hand' where topic_code = '1.2'")
    write_subject(connection, topics=TREE[:4])
    data = report.gather(connection, pack, *seal(connection))
    assert data.stopping_by_check["error"] == {"drift": 1}
    assert data.next_steps[0].command == 'greenroom drift "WJEC A-Level" --adopt'


def test_nothing_staged_is_a_page_too(connection):
    data = report.gather(connection, pack, scope_of(connection), [])
    assert data.verdict_words == "nothing waits"
    assert_inert(report.render_html(data))
    assert "Nothing is staged" in report.render_text(data)


def test_what_production_already_holds_changes_nothing(connection):
    write_subject(connection)
    promote(connection)
    units = [unit for (unit,) in connection.execute("select id from greenroom.unit")]
    data = report.gather(connection, pack, scope_of(connection), units)
    assert "would change nothing" in report.render_html(data)
    assert data.changes.total == 0


def test_json_is_the_data(connection):
    write_subject(connection, papers=PAPERS)
    data = report.gather(connection, pack, *seal(connection))
    dumped = json.loads(report.render_json(data))
    assert dumped["scope"] == "WJEC A-Level"
    assert dumped["changes"]["counts"]["topics"]["added"] == 5
    assert [batch["read"] for batch in dumped["batches"]] == [batch.read for batch in data.batches]


def test_text_for_a_terminal(connection):
    write_subject(connection)
    text = report.render_text(report.gather(connection, pack, *seal(connection)), rows_shown=3)
    assert text.splitlines()[0] == "WJEC A-Level  ·  ready"
    assert '    added: 1 "Markets"' in text or '  added: 1 "Markets"' in text
    assert "… and 3 more" in text


def test_hostile_text_is_inert_in_html(hostile):
    html = report.render_html(hostile)
    assert_inert(html)
    assert "49" not in LexborHTMLParser(html).css_first("h1").text()
    shown = LexborHTMLParser(html).text()
    for text in HOSTILE[:20]:
        assert text[:60].replace("\t", " ") in shown, text
    assert "looped" in shown, "templates are shown, not run"
    assert "{% for x in [1] %}looped{% endfor %}" in shown


def test_hostile_characters_are_named_wherever_they_are_printed(hostile):
    allowed = {"\n"}
    for rendered in (report.render_html(hostile), report.render_text(hostile, rows_shown=500)):
        assert "⟨U+202E⟩" in rendered
        assert "⟨U+001B⟩" in rendered
        seen = set(re.findall(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", rendered))
        assert seen <= allowed
    assert report.render_json(hostile).isascii()


def test_links_are_plain_web_addresses_only(hostile):
    targets = {a.attributes["href"] for a in page(hostile).css("a") if not a.attributes["href"].startswith("#")}
    assert not any("@" in target or "javascript" in target.lower() or "evil" in target for target in targets)


@pytest.mark.parametrize("text", [t for t in HOSTILE if not t.startswith("%")])
def test_no_hostile_text_is_taken_for_an_address(text):
    assert report._address(text) is None


def test_an_address_is_a_link(connection):
    write_subject(
        connection, topics=[*TREE, ("2.3", None, "Broken \ufffd", {"page_reference": "https://x.org/a?b=1#p4"})]
    )
    data = report.gather(connection, pack, *seal(connection))
    assert page(data).css_first('a[href="https://x.org/a?b=1#p4"]').attributes["rel"] == "noopener noreferrer"


def test_structure_is_sane(connection):
    write_subject(connection, papers=PAPERS)
    promote(connection)
    write_subject(connection, topics=[*TREE[:4], ("2.7", "2", "Pay")], papers=PAPERS[1:])
    tree = page(report.gather(connection, pack, *seal(connection)))
    assert tree.css_first("html").attributes["lang"] == "en"
    assert "script" not in tree.html.lower().replace("description", "")
    levels = [int(node.tag[1]) for node in tree.css("h1, h2, h3, h4")]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for table in tree.css("table"):
        assert table.css_first("caption").text(strip=True)
        assert all(th.attributes.get("scope") in ("col", "row") for th in table.css("th"))
    for svg in tree.css("svg"):
        assert svg.attributes.get("aria-hidden") == "true" or svg.attributes["aria-label"]
    ids = [node.attributes["id"] for node in tree.css("[id]")]
    assert len(ids) == len(set(ids))
    for link in tree.css('a[href^="#"]'):
        assert link.attributes["href"][1:] in ids


def test_colours_have_contrast_in_both_schemes():
    css = report._template("_style.css")
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for part in css.split("prefers-color-scheme: dark", 1)
    )
    assert light.keys() == dark.keys()
    texts = [
        ("ink", "paper"),
        ("ink", "sheet"),
        ("quiet", "paper"),
        ("quiet", "sheet"),
        ("green", "paper"),
        ("green", "sheet"),
        ("red", "sheet"),
        ("green", "green-soft"),
        ("amber", "amber-soft"),
        ("red", "red-soft"),
    ]
    for scheme in (light, dark):
        for text, ground in texts:
            assert contrast(scheme[text], scheme[ground]) >= 4.5, (text, ground)
        for bar in ("bar", "bar-was"):
            assert contrast(scheme[bar], scheme["paper"]) >= 3, bar


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_large_subject_with_everything_changed_stays_small(connection):
    def topics(word):
        return [
            (
                f"{n // 30 + 1}.{n % 30}{'' if word == 'old' else 'x'}",
                None,
                f"{word} name of topic {n} " + "long words " * 12,
                {
                    "description": f"{word} {n} " * 90,
                    "geographical_region": f"{word} {n} " * 40,
                    "component_code": word,
                },
            )
            for n in range(1_500)
        ]

    write_subject(connection, topics=topics("old"))
    promote(connection)
    write_subject(connection, topics=topics("new"))
    data = report.gather(connection, pack, *seal(connection))
    assert data.changes.total >= 1_500
    assert len(report.render_html(data).encode()) < 2_000_000


def test_a_flat_dataset_shows_periods_and_cleaned_cells(make_database):
    dataset = schools.dataset("ips_lycees_years")
    columns = [c.name for c in dataset.source_columns if c.name != "withheld"]
    with psycopg.connect(make_database("schools").url, autocommit=True) as connection, connection.transaction():
        scope, units = seal_ips(connection, columns)
        data = report.gather(connection, schools, scope, units)
        stored = connection.execute(
            "select read_count, staged_count, quarantined_count from greenroom.batch"
        ).fetchone()
    assert {part.title for part in data.parts} >= {"2024-2025"}
    (batch,) = data.batches
    assert (batch.read, batch.staged, batch.quarantined) == stored
    assert ("ips", 3, 0) in [(each.column, each.withheld, each.repaired) for each in data.cleaned]
    spread = next(each for each in data.spreads if each.column == "ips")
    assert (spread.filled, sum(spread.bins), spread.least, spread.most) == (37, 37, 83.0, 119.0)
    assert_inert(report.render_html(data))


def seal_ips(connection, columns):
    definition = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in columns)
    connection.execute(
        sql.SQL("create temporary table landing (row_no bigint generated always as identity, {})").format(definition)
    )
    known = {
        "rentree_scolaire": "2024-2025",
        "code_region": "11",
        "secteur": "public",
        "type_de_lycee": "LEGT",
        "departement": "075",
        "code_departement": "075",
        "code_insee_de_la_commune": "75056",
        "nom_de_la_commune": "PARIS",
    }
    for n in range(40):
        uai = f"075{n:04d}"
        row = {name: known[name] for name in columns if name in known}
        row |= {"uai": uai + "ABCDEFGHJKLMNPRSTUVWXYZ"[int(uai) % 23], "nom_de_l_etablissement": f"LYCÉE {n}"}
        row["ips"] = "NS" if n < 3 else str(80 + n)
        query = sql.SQL("insert into pg_temp.landing ({}) values ({})").format(
            sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join(map(sql.Placeholder, row))
        )
        connection.execute(query, row)
    (scope,) = connection.execute("select greenroom_schools.scope_id(array['ips_lycees'])").fetchone()
    connection.execute("select greenroom_schools.seal_ips_lycees_years(%s, 'test.csv')", [scope])
    return scope, connection.execute("select greenroom_schools.pending(%s)", [scope]).fetchone()[0]


@pytest.mark.skipif(not CHROMIUM, reason="needs chromium on this machine")
def test_a_browser_runs_nothing_and_the_page_fits_a_phone(hostile, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(report.render_html(hostile), encoding="utf-8")
    dom = browse(tmp_path, file, "--dump-dom")
    assert "<title>ran" not in dom
    assert_inert(dom)
    for width in (360, 1280):
        browse(tmp_path, file, f"--window-size={width},2400", f"--screenshot={tmp_path / f'{width}.png'}")
        assert (tmp_path / f"{width}.png").stat().st_size > 10_000
    # Only the browser knows how wide the page became; a script of ours asks, with the page's own policy off.
    asking = "<script>const e = document.documentElement; document.title = e.scrollWidth - e.clientWidth</script>"
    opened = file.read_text("utf-8").replace("<details>", "<details open>").replace("</body>", asking)
    (tmp_path / "probe.html").write_text(re.sub(r"<meta http-equiv.*?>", "", opened), encoding="utf-8")
    frame = tmp_path / "frame.html"
    frame.write_text(
        "<iframe src=probe.html style='width:360px;height:800px;border:0'></iframe>"
        "<script>onload = () => document.title = frames[0].document.title + ' too wide'</script>",
        encoding="utf-8",
    )
    dom = browse(tmp_path, frame, "--dump-dom", "--allow-file-access-from-files", "--window-size=800,900")
    assert "<title>0 too wide" in dom, dom[:300]


@pytest.mark.skipif(not CHROMIUM, reason="needs chromium on this machine")
def test_the_browser_would_have_told(tmp_path):
    control = tmp_path / "control.html"
    control.write_text(f"<title>still</title>{MARK}", encoding="utf-8")
    assert "<title>ran" in browse(tmp_path, control, "--dump-dom")


def browse(folder, file, *options):
    done = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder / 'profile'}",
            *options,
            file.as_uri(),
        ],
        capture_output=True,
        timeout=100,
        check=True,
    )
    return done.stdout.decode()
