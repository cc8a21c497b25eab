"""The desk as a whole: what every answer carries, and what becomes of errors, for people and for programs."""

import json
import logging
import re
from pathlib import Path
from types import ModuleType

import pytest
from fastapi import APIRouter
from starlette.testclient import TestClient
from tests.web.conftest import HOST, signed_in

from greenroom.db import connection
from greenroom.model import errors
from greenroom.web import app as desk_app
from greenroom.web import security
from greenroom.web.access import Viewer
from greenroom.web.areas import assets
from greenroom.web.refusal import Refusal
from greenroom.web.render import environment, follow, link, moment

JSON = {"accept": "application/json"}


def module(**routers):
    """An area as a module of its own."""
    made = ModuleType("area")
    vars(made).update(routers)
    return made


@pytest.fixture
def database(make_database):
    return make_database("exams")


@pytest.fixture
def trouble(database, desk_of, monkeypatch):
    """A desk with one more area, whose pages go wrong on purpose; and somebody signed in."""
    area = module(pages=APIRouter(), api=APIRouter())
    raised: dict[str, Exception] = {}

    @area.pages.get("/trouble")
    def page(desk: Viewer, count: int = 0):
        raise raised["error"]

    @area.api.post("/trouble")
    def program(desk: Viewer, wanted: dict):
        raise raised["error"]

    real = desk_app._areas
    monkeypatch.setattr(desk_app, "_areas", lambda: [*real(), area])
    app = desk_of(database.url)
    app.state.defect = desk_app._kept
    client = signed_in(app, "viewer", "Ada")
    client.raised = raised  # type: ignore[attr-defined]
    return client


# What every answer carries

ANSWERS = [
    ("GET", "/static/desk.css", 200), ("GET", "/account", 200), ("GET", "/nowhere", 404), ("GET", "/api/nowhere", 404),
    ("PUT", "/account", 405), ("GET", "/static/nothing.css", 404), ("GET", "/people", 403), ("BREW", "/", 405),
    ("GET", "/start/nothing", 410), ("GET", "/trouble?count=x", 422), ("GET", "/trouble", 500),
    ("POST", "/account/password", 422), ("GET", "/login", 303), ("HEAD", "/account", 200), ("OPTIONS", "/account", 405),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_carries_the_policy_whatever_became_of_the_request(trouble, method, path, status):
    trouble.raised["error"] = RuntimeError("a defect")
    answer = trouble.request(method, path)
    assert answer.status_code == status
    carried_by(answer)


def test_answers_to_nobody_and_to_a_foreign_host_carry_it_too(trouble):
    nobody = TestClient(trouble.app, base_url=f"http://{HOST}", follow_redirects=False)
    for answer in (
        nobody.get("/account"), nobody.get("/login"), nobody.get("/api/me"), nobody.post("/logout"),
        nobody.get("/login", headers={"host": "evil.example"}), nobody.post("/login", content=b"x" * 3_000_000),
    ):  # fmt: skip
        carried_by(answer)


def carried_by(answer):
    policy = answer.headers["content-security-policy"]
    assert policy == security.POLICY
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cache-control"] in ("no-store", "max-age=300")
    assert "server" not in answer.headers
    assert "strict-transport-security" not in answer.headers


def test_under_tls_browsers_are_told_to_stay_there(desk, database):
    answer = desk(database.url, is_secure=True).get("/account")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_only_style_and_scripts_of_the_desk_may_be_kept_by_a_browser(trouble):
    assert trouble.get("/static/desk.css").headers["cache-control"] == "max-age=300"
    assert trouble.get("/static/nothing").headers["cache-control"] == "no-store"
    assert trouble.get("/account").headers["cache-control"] == "no-store"


def test_head_answers_as_get_without_the_page(trouble):
    seen, whole = trouble.head("/account"), trouble.get("/account")
    assert seen.content == b""
    assert seen.headers["content-length"] == whole.headers["content-length"]


# What becomes of errors


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.UnknownTarget("No such board."), 404), (errors.UnknownRelease("No such release."), 404),
        (errors.UnknownBatch("No such batch."), 409), (errors.Blocked("The gate says no."), 409),
        (errors.ScopeBusy("Somebody promotes."), 409), (errors.Drifted("Changed by hand."), 409),
        (errors.NoRights("May not."), 403), (errors.CannotConnect("Nobody there."), 503),
        (errors.TimedOut("Too long."), 503), (errors.BadSetting("Not so."), 422),
        (errors.DeclarationError("Not so."), 422), (errors.SourceMissing("No file."), 400),
        (Refusal(418, "A teapot.", "Take a kettle."), 418),
    ],
)  # fmt: skip
def test_a_refusal_is_a_page_for_people_and_json_for_programs(trouble, error, status):
    trouble.raised["error"] = error
    page = trouble.get("/trouble")
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    cause, cure = (error.cause, error.cure) if isinstance(error, Refusal) else (error.message, error.hint)
    assert f"<h1>{cause}</h1>" in page.text
    for answer in (trouble.get("/trouble", headers=JSON), trouble.post("/api/trouble", json={})):
        assert answer.status_code == status
        assert answer.json() == {"error": cause, "hint": cure, "findings": []}


def test_findings_are_told_in_both_forms_and_escaped(trouble):
    finding: dict[str, object] = {"severity": "warning", "message": "<script>alert(1)</script>", "check": "x"}
    trouble.raised["error"] = errors.Blocked("No.", findings=[finding] * 60)
    page = trouble.get("/trouble").text
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 50
    assert "and 10 more" in page
    assert "<script>alert" not in page
    assert trouble.get("/trouble", headers=JSON).json()["findings"] == [finding] * 60


@pytest.mark.parametrize("ask", [{}, JSON, {"hx-request": "true"}])
def test_a_defect_shows_nothing_and_loses_nothing(trouble, caplog, monkeypatch, tmp_path, ask):
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:s3cret-word@nowhere/db")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    trouble.raised["error"] = RuntimeError("the inside story with s3cret-word in it")
    with caplog.at_level(logging.ERROR):
        answer = trouble.get("/trouble", headers=ask)
    assert answer.status_code == 500
    assert "inside story" not in answer.text
    assert "Traceback" not in answer.text
    assert str(tmp_path) not in answer.text
    (line,) = [record.getMessage() for record in caplog.records if record.name == "greenroom.web.app"]
    kept = Path(line.rpartition(" ")[2])
    assert kept.parent == tmp_path
    assert "the inside story with *** in it" in kept.read_text()
    assert "in page" in kept.read_text()
    assert "s3cret-word" not in kept.read_text()


def test_the_desk_goes_on_after_a_defect(trouble):
    trouble.raised["error"] = RuntimeError()
    assert trouble.get("/trouble").status_code == 500
    assert trouble.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/nowhere", 404, "There is nothing at this address."),
        ("/trouble?count=many", 422, "count: input should be a valid integer"),
        ("/account/", 404, "nothing at this address"),
    ],
)
def test_what_does_not_fit_is_told_in_words(trouble, path, status, says):
    assert trouble.get(path).status_code == status
    assert says in trouble.get(path).text
    assert says in json.dumps(trouble.get(path, headers=JSON).json())


def test_a_body_that_is_no_json_is_told_where(trouble):
    answer = trouble.post("/api/trouble", content=b"{", headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["findings"][0]["severity"] == "error"
    assert answer.json()["findings"][0]["message"].startswith("jSON decode") or "JSON" in answer.text


def test_a_method_that_is_not_there_names_those_that_are(trouble):
    answer = trouble.put("/account")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"


def test_a_refused_page_has_the_menu_of_whoever_is_signed_in(trouble):
    assert 'aria-label="Desk"' in trouble.get("/nowhere").text
    nobody = TestClient(trouble.app, base_url=f"http://{HOST}")
    assert 'aria-label="Desk"' not in nobody.get("/start/nothing").text


# Areas


@pytest.mark.parametrize("router", ["pages", "api"])
def test_a_route_that_says_no_role_keeps_the_desk_from_starting(desk_of, database, monkeypatch, router):
    area = module(**{router: APIRouter()})
    getattr(area, router).add_api_route("/secret", lambda: "all", methods=["GET"])
    monkeypatch.setattr(desk_app, "_areas", lambda: [area])
    with pytest.raises(RuntimeError, match="/secret says no role"):
        desk_of(database.url)


def test_a_route_inside_of_another_router_is_not_overlooked(desk_of, database, monkeypatch):
    area, inner = module(pages=APIRouter()), APIRouter()
    inner.add_api_route("/secret", lambda: "all", methods=["GET"])
    area.pages.include_router(inner)
    monkeypatch.setattr(desk_app, "_areas", lambda: [area])
    with pytest.raises(RuntimeError, match="no plain route"):
        desk_of(database.url)


def test_an_open_route_that_says_a_role_is_a_contradiction(desk_of, database, monkeypatch):
    area = module(pages=APIRouter())

    @area.pages.get("/login")
    def login(desk: Viewer):
        return "both"

    monkeypatch.setattr(desk_app, "_areas", lambda: [area])
    with pytest.raises(RuntimeError, match="open to all and says a role"):
        desk_of(database.url)


def test_no_two_routes_are_the_same(desk_of, database):
    listed = [(door.path, method) for door in desk_app.doors(desk_of(database.url)) for method in door.methods]
    assert [each for each in listed if listed.count(each) > 1] == []


# Files


@pytest.mark.parametrize(
    "path",
    [
        "..%2fapp.py", "%2e%2e%2fapp.py", "/etc/passwd", "%2fetc%2fpasswd", "vendor%2f..%2f..%2fapp.py", "desk.css%00",
        ".hidden", "", "vendor", "desk.css/x", "a" * 5000, "..\\app.py", "%ff", "desk.py", "..%2fnpm%2fpackage.json",
    ],
)  # fmt: skip
def test_nothing_but_the_desk_s_own_files_is_given_out(trouble, path):
    assert trouble.get(f"/static/{path}").status_code == 404


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("desk.css", "text/css; charset=utf-8"), ("desk.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ],
)  # fmt: skip
def test_a_file_says_what_it_is(trouble, name, kind):
    assert trouble.get(f"/static/{name}").headers["content-type"] == kind


def test_a_file_of_a_kind_that_is_not_named_is_not_given_out(trouble, monkeypatch):
    monkeypatch.delitem(assets.KINDS, ".css")
    assert trouble.get("/static/desk.css").status_code == 404


# Pages

SOURCES = sorted((Path(desk_app.__file__).parent / "templates").glob("*.html"))


@pytest.mark.parametrize("path", SOURCES, ids=[path.name for path in SOURCES])
def test_no_template_holds_code_or_style(path):
    source = path.read_text("utf-8")
    # what the template language itself says is no markup
    text = re.sub(r"{[#%{].*?[#%}]}", "", source, flags=re.DOTALL)
    assert not re.search(r"\son[a-z]+\s*=", text), "an event attribute"
    assert not re.search(r"\sstyle\s*=", text), "a style attribute"
    assert "<style" not in text
    assert not re.search(r"<script(?![^>]*\ssrc=)", text), "an inline script"
    assert "|safe" not in source.replace(" ", "")
    assert "autoescape false" not in source
    assert "javascript:" not in text
    assert not re.search(r"hx-on|hx-vals=.?js:|hx-(confirm|headers)=.?js:", text)
    assert not re.search(r"(src|href)=\"(https?:)?//", text), "somebody else's server"
    environment().parse(source)


@pytest.mark.parametrize("path", SOURCES, ids=[path.name for path in SOURCES])
def test_every_form_that_changes_something_carries_the_token(path):
    text = path.read_text("utf-8")
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", text, re.DOTALL):
        address = re.search(r"action=\"([^\"]*)\"", form)
        is_open = address and (address[1].startswith(("/login", "/start/")))
        assert is_open or "csrf" in form, form[:200]


def test_a_notice_for_the_next_page_is_said_once_and_cannot_be_made_up(trouble):
    @trouble.app.get("/say")
    def say(desk: Viewer):
        return follow(desk, "/account", "Done & <b>dusted</b>.", kind="warn")

    going = trouble.get("/say")
    assert (going.status_code, going.headers["location"]) == (303, "/account")
    assert "Done &amp; &lt;b&gt;dusted&lt;/b&gt;." in trouble.get("/account").text
    assert "dusted" not in trouble.get("/account").text
    real, token = going.cookies["greenroom-said"], trouble.cookies["greenroom"]
    trouble.cookies.clear()
    for made_up in (
        real[:-1] + ("0" if real[-1] != "0" else "1"),
        "b2s6bGll",
        "b2s6bGll.",
        ".",
        "é",
        "b2s6bGll.é",
        "a.b.c",
    ):
        cookie = f"greenroom={token}; greenroom-said={made_up}".encode()
        assert 'role="status"><p>' not in trouble.get("/account", headers={"cookie": cookie}).text


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", ""])
def test_no_form_leads_away_from_the_desk(trouble, to):
    with pytest.raises(ValueError, match="leads away"):
        follow(None, to)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JAVASCRIPT:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "//a.example",
        "https://", "http://[", "mailto:a@b", None, "",
    ],
)  # fmt: skip
def test_only_http_addresses_become_links(address):
    assert "<a" not in link(address)


def test_a_link_is_escaped():
    made = link('https://a.example/"><script>')
    assert made.count("<") == 2
    assert 'rel="noreferrer noopener"' in made


def test_a_moment_is_for_readers_and_for_programs():
    from datetime import UTC, datetime

    made = moment(datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC))
    assert made == '<time datetime="2026-03-04T05:06:07+00:00">4 Mar 2026, 05:06 UTC</time>'
    assert moment(None) == ""


def test_without_the_libraries_a_page_says_so_and_asks_for_none(trouble, monkeypatch):
    from greenroom.web import render

    monkeypatch.setattr(render, "has_libraries", lambda: False)
    page = trouble.get("/account").text
    assert "front-end libraries are not installed" in page
    assert "htmx" not in page
    monkeypatch.setattr(render, "has_libraries", lambda: True)
    page = trouble.get("/account").text
    assert "front-end libraries are not installed" not in page
    assert '<script src="/static/vendor/htmx.org/htmx.min.js" defer></script>' in page


# The API, described


def test_the_document_names_role_and_errors_of_every_operation(trouble):
    told = trouble.get("/api/openapi.json").json()
    assert told["paths"]["/api/me"]["get"]["x-role"] == "viewer"
    problem = {"$ref": "#/components/schemas/Problem"}
    for path, item in told["paths"].items():
        assert path.startswith("/api/")
        for method, operation in item.items():
            where = f"{method} {path}"
            assert operation["x-role"] in ("viewer", "editor", "approver", "admin"), where
            for status in ("401", "403", "404", "409", "422"):
                assert operation["responses"][status]["content"]["application/json"]["schema"] == problem, where
            assert ("csrf" in operation["security"][0]) == (method != "get"), where
    assert "HTTPValidationError" not in told["components"]["schemas"]


def test_every_operation_of_an_area_has_a_tag_and_a_sentence(desk, database):
    told = desk(database.url).get("/api/openapi.json").json()
    described = {tag["name"] for tag in told["tags"] if tag["description"]}
    for path, item in told["paths"].items():
        for method, operation in item.items():
            where = f"{method} {path}"
            assert set(operation.get("tags", ["none"])) <= described, f"{where}: say what the tag holds in contract.py"
            assert operation.get("description", "").strip().endswith((".", ")")), where


def test_the_list_of_operations_names_each(desk, database):
    client = desk(database.url)
    page = client.get("/api").text
    for path, item in client.get("/api/openapi.json").json()["paths"].items():
        for method in item:
            assert f"<code>{method.upper()} {path}</code>" in page


def test_a_page_says_first_what_can_be_done_in_the_desk(trouble):
    trouble.raised["error"] = errors.UnknownTarget("No such thing.")
    page = trouble.get("/trouble")
    assert "Look for it in the overview, or under Browse. Or, in a terminal, see the names with:" in page.text
    assert trouble.get("/trouble", headers=JSON).json()["hint"] == "See the names with: greenroom catalog"
    trouble.raised["error"] = errors.CannotConnect("Away.")
    assert '<p class="lead">Wait a moment and load the page again;' in trouble.get("/trouble").text


def test_the_icon_is_where_browsers_look_for_it(trouble):
    trouble.cookies.clear()
    answer = trouble.get("/favicon.ico")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert b"<svg" in answer.content


def test_what_the_pool_says_is_one_line_without_an_address(caplog):
    logging.getLogger("psycopg.pool").addFilter(connection._one_line)
    logging.getLogger("psycopg.pool").warning(
        "error connecting in %r: %s", "pool-1", "failed:\n  postgresql://me:s3cret@nowhere/db\npassword=s3cret"
    )
    (record,) = caplog.records
    assert "\n" not in record.getMessage()
    assert "s3cret" not in record.getMessage()
    assert "postgresql://me" not in record.getMessage()
