"""People: who gets in, how, for how long; who may let others in; and that nobody is locked out of their own desk."""

import re
import threading
from datetime import timedelta

import psycopg
import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient
from tests.web.conftest import HOST, ground_of

from greenroom.db.connection import begin
from greenroom.web import passwords, people, sessions
from greenroom.web.app import make
from greenroom.web.refusal import Refusal

GOOD = "lantern orbit velvet seven"
OTHER = "granite teacup seldom north"


@pytest.fixture
def database(make_database):
    return make_database("exams")


@pytest.fixture
def app(desk_of, database):
    return desk_of(database.url)


@pytest.fixture
def nobody(app):
    """A browser that nobody is signed in with."""
    return browser(app)


@pytest.fixture
def admin(desk, database):
    return desk(database.url, role="admin", name="Ada")


def browser(app):
    client = TestClient(app, base_url=f"http://{HOST}")
    client.follow_redirects = False
    return client


def write(database, statement, *values):
    with psycopg.connect(database.url, autocommit=True) as conn:
        return conn.execute(statement, values or None)


def value(database, query, *values):
    with psycopg.connect(database.url) as conn:
        return conn.execute(query, values or None).fetchone()[0]


def add(app, name, role="viewer", password=None, email=None):
    with app.state.ground.connections.one() as conn, begin(conn):
        person = people.add(conn, name, role, email=email, by="tests")
        if password:
            people.set_password(conn, person.id, password, by="tests")
        return people.one(conn, person.id)


def sign_in(client, name, password):
    return client.post("/login", data={"name": name, "password": password})


def token_in(client):
    return re.search(r'name="csrf" content="([^"]+)"', client.get("/account").text)[1]


def link_in(page):
    return re.search(r'value="http://testserver(/start/[^"]+)"', page)[1]


# By name and password


def test_who_signs_in_is_who_they_are(app, nobody):
    add(app, "Bea", "editor", GOOD)
    answer = sign_in(nobody, "bea", GOOD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    me = nobody.get("/api/me").json()
    assert (me["name"], me["role"]) == ("Bea", "editor")


@pytest.mark.parametrize(
    ("name", "password"), [("Bea", OTHER), ("Nobody", GOOD), ("Bea", ""), ("", ""), ("Cid", GOOD), ("Dee", "")]
)
def test_a_wrong_name_and_a_wrong_password_are_told_alike(app, nobody, name, password):
    add(app, "Bea", password=GOOD)
    with app.state.ground.connections.one() as conn, begin(conn):
        people.set_let_in(conn, add(app, "Cid", password=GOOD).id, False, by="tests")
    add(app, "Dee")
    answer = sign_in(nobody, name, password)
    assert answer.status_code == 401
    assert "The name or the password is not right." in answer.text
    assert "set-cookie" not in answer.headers
    assert nobody.get("/account").status_code == 303


def test_a_name_that_is_not_there_costs_a_hash_too(app, monkeypatch):
    verified: list[str] = []
    real = PasswordHasher.verify

    def verify(self, stored, password):
        verified.append(stored)
        return real(self, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    with pytest.raises(Refusal):
        app.state.sessions.by_password("Nobody", GOOD)
    assert [stored.startswith("$argon2id$") for stored in verified] == [True]


def test_a_password_that_nobody_has_is_not_the_password_of_nobody(app, nobody):
    add(app, "Bea")
    assert sign_in(nobody, "Bea", "the password of nobody").status_code == 401


def test_a_password_stands_as_an_argon2id_hash_alone(app, database):
    add(app, "Bea", password=GOOD)
    assert value(database, "select password from greenroom.person where name = 'Bea'").startswith("$argon2id$")
    assert GOOD not in str(write(database, "select * from greenroom.person").fetchall())


def test_an_older_hash_is_made_anew_at_sign_in(app, nobody, database):
    add(app, "Bea")
    weak = PasswordHasher(time_cost=1, memory_cost=1024).hash(GOOD)
    write(database, "update greenroom.person set password = %s where name = 'Bea'", weak)
    assert sign_in(nobody, "Bea", GOOD).status_code == 303
    stored = value(database, "select password from greenroom.person where name = 'Bea'")
    assert stored != weak
    assert passwords.fits(GOOD, stored)


@pytest.mark.parametrize("text", ["Bea\0", "Bea\n", "Bea\u202e"])
def test_a_name_that_cannot_be_written_is_refused_in_words(nobody, text):
    assert sign_in(nobody, text, GOOD).status_code == 422


def test_letters_that_look_the_same_are_the_same_password(app, nobody):
    add(app, "Bea", password="l\u00e9opard ciel vendredi")
    assert sign_in(nobody, "Bea", "le\u0301opard ciel vendredi").status_code == 303


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("short", "12 to 200"), ("a" * 30, "repeats"), ("x" * 201, "12 to 200"), ("password1234", "tries"),
        ("Genevieve1234", "name"), ("Greenroom!!1", "tries"),
    ],
)  # fmt: skip
def test_a_password_that_would_be_guessed_is_refused(app, password, says):
    with pytest.raises(Refusal, match=says):
        add(app, "Genevieve", password=password)


# Throttling


def test_the_sixth_wrong_password_in_a_quarter_of_an_hour_is_not_even_tried(app, nobody, database, monkeypatch):
    add(app, "Bea", password=GOOD)
    for _ in range(sessions.TRIES):
        assert sign_in(nobody, "Bea", OTHER).status_code == 401
    monkeypatch.setattr(passwords, "fits", lambda *_: pytest.fail("it was tried"))
    answer = sign_in(nobody, "BEA", GOOD)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "900"
    assert "Too many tries" in answer.text
    monkeypatch.undo()
    write(database, "update greenroom.sign_in set tried_at = tried_at - interval '16 minutes'")
    assert sign_in(nobody, "Bea", GOOD).status_code == 303


def test_who_is_refused_for_too_many_tries_is_not_refused_the_longer(app, nobody, database):
    add(app, "Bea", password=GOOD)
    for _ in range(sessions.TRIES + 3):
        sign_in(nobody, "Bea", OTHER)
    assert value(database, "select count(*) from greenroom.sign_in where outcome = 'failed'") == sessions.TRIES
    assert value(database, "select count(*) from greenroom.sign_in where outcome = 'refused'") == 3


def test_another_person_at_the_same_place_still_gets_in(app, nobody):
    add(app, "Bea", password=GOOD)
    for _ in range(sessions.TRIES + 1):
        sign_in(nobody, "Cid", OTHER)
    assert sign_in(nobody, "Bea", GOOD).status_code == 303


def test_many_names_from_one_place_are_slowed_down_too(app):
    for count in range(sessions.TRIES_FROM_A_PLACE):
        with pytest.raises(Refusal) as refused:
            app.state.sessions.by_password(f"guess {count}", "x", address="192.0.2.7")
        assert refused.value.status == 401
    with pytest.raises(Refusal) as refused:
        app.state.sessions.by_password("another", "x", address="192.0.2.7")
    assert refused.value.status == 429


def test_one_name_from_many_places_is_slowed_down_too(app):
    for count in range(sessions.TRIES_OF_A_NAME + 1):
        with pytest.raises(Refusal) as refused:
            app.state.sessions.by_password("Bea", "x", address=f"192.0.2.{count}")
    assert refused.value.status == 429


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch, request):
    """Sixty wrong passwords at full strength would take seconds; the strength itself is tested elsewhere."""
    if "many" in request.node.name:
        monkeypatch.setattr(passwords, "fits", lambda *_: False)


def test_a_household_s_ipv6_addresses_count_as_one():
    assert sessions._place("2001:db8:1:2:aaaa::1") == sessions._place("2001:db8:1:2:bbbb::9") == "2001:db8:1:2::/64"
    assert sessions._place("2001:db8:1:3::1") != sessions._place("2001:db8:1:2::1")
    assert sessions._place("::ffff:192.0.2.1") == "192.0.2.1"
    assert sessions._place("not an address\n") == "not an address"


def test_tries_at_the_same_moment_are_counted_too(app):
    """Each is written down before it is judged; so of twenty at once at most five are judged."""
    add(app, "Bea", password=GOOD)
    outcomes = []
    gate = threading.Barrier(8)

    def guess():
        gate.wait(timeout=30)
        try:
            app.state.sessions.by_password("Bea", OTHER)
        except Refusal as refused:
            outcomes.append(refused.status)

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 8
    assert outcomes.count(401) <= sessions.TRIES


def test_what_was_typed_as_a_name_is_not_kept(app, nobody, database):
    """People type their password into the field of the name."""
    sign_in(nobody, GOOD, "")
    assert GOOD not in str(write(database, "select * from greenroom.sign_in").fetchall())


# Sessions


def test_a_session_outlives_the_desk(app, admin, database, tmp_path):
    again = make(ground_of(database.url, tmp_path))
    client = browser(again)
    client.cookies.update(admin.cookies)
    try:
        assert client.get("/api/me").json()["name"] == "Ada"
    finally:
        again.state.ground.connections.close()


def test_the_database_holds_no_cookie(admin, database):
    held = str(write(database, "select * from greenroom.session").fetchall())
    assert admin.cookies["greenroom"] not in held


def test_signing_in_changes_the_cookie_and_ends_what_was_before(app, nobody, database):
    """Somebody who planted a cookie of theirs, or one they know, holds nothing afterwards."""
    add(app, "Bea", password=GOOD)
    nobody.cookies.set("greenroom", "planted")
    sign_in(nobody, "Bea", GOOD)
    first = nobody.cookies.get("greenroom", domain="testserver.local") or nobody.cookies["greenroom"]
    assert first != "planted"
    assert value(database, "select count(*) from greenroom.session") == 1
    csrf = token_in(nobody)
    sign_in(nobody, "Bea", GOOD)
    assert value(database, "select count(*) from greenroom.session") == 1
    assert token_in(nobody) != csrf


def test_the_cookie_is_for_the_desk_alone(app, nobody):
    add(app, "Bea", password=GOOD)
    cookie = sign_in(nobody, "Bea", GOOD).headers["set-cookie"]
    parts = {part.strip().lower() for part in cookie.split(";")}
    assert cookie.startswith("greenroom=")
    assert {"httponly", "samesite=lax", "path=/"} <= parts
    assert "secure" not in parts
    assert not [part for part in parts if part.startswith("domain")]


def test_under_tls_the_cookie_is_secure_and_bound_to_the_host(desk_of, database):
    app = desk_of(database.url, is_secure=True)
    add(app, "Bea", password=GOOD)
    client = TestClient(app, base_url=f"https://{HOST}", follow_redirects=False)
    cookie = sign_in(client, "Bea", GOOD).headers["set-cookie"]
    assert cookie.startswith("__Host-greenroom=")
    assert {"secure", "httponly", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
    assert client.get("/api/me").status_code == 200


def test_under_tls_the_cookie_without_the_prefix_counts_for_nothing(desk, database):
    client = desk(database.url, is_secure=True)
    token = client.cookies["__Host-greenroom"]
    client.cookies.clear()
    client.cookies.set("greenroom", token)
    assert client.get("/api/me").status_code == 401


@pytest.mark.parametrize(
    "passing",
    [
        "last_seen_at = last_seen_at - interval '12 hours 1 second'",
        "expires_at = expires_at - interval '7 days 1 second'",
    ],
)
def test_a_session_ends_when_idle_and_when_old(admin, database, passing):
    assert admin.get("/api/me").status_code == 200
    write(database, f"update greenroom.session set {passing}")
    assert admin.get("/api/me").status_code == 401


def test_a_session_in_use_stays_awake(admin, database):
    write(database, "update greenroom.session set last_seen_at = clock_timestamp() - interval '11 hours'")
    admin.get("/api/me")
    asleep = value(database, "select clock_timestamp() - max(last_seen_at) from greenroom.session")
    assert asleep < timedelta(minutes=5)


def test_however_busy_a_session_ends_after_a_week(admin, database):
    before = value(database, "select expires_at from greenroom.session")
    write(database, "update greenroom.session set last_seen_at = last_seen_at - interval '1 hour'")
    admin.get("/api/me")
    assert value(database, "select expires_at from greenroom.session") == before


def test_ended_sessions_are_swept_out(app, admin, database):
    write(database, "update greenroom.session set expires_at = clock_timestamp() - interval '1 second'")
    app.state.sessions.open(add(app, "Bea"), "start link")
    assert value(database, "select count(*) from greenroom.session") == 1


def test_signing_out_ends_the_session_itself(admin, database):
    cookie = admin.cookies["greenroom"]
    answer = admin.post("/logout")
    assert answer.headers["location"] == "/login"
    assert 'greenroom=""' in answer.headers["set-cookie"]
    admin.cookies.set("greenroom", cookie)
    assert admin.get("/api/me").status_code == 401
    assert value(database, "select count(*) from greenroom.session") == 0


def test_one_ends_one_s_own_browsers_and_nobody_else_s(app, desk, database):
    mine, also_mine = (desk(database.url, role="viewer", name="Bea") for _ in range(2))
    theirs = desk(database.url, role="viewer", name="Cid")
    rows = dict(
        write(
            database,
            "select p.name, max(s.id) from greenroom.session s join greenroom.person p on p.id = person_id group by 1",
        ).fetchall()
    )
    assert mine.post(f"/account/sessions/{rows['Cid']}/end").status_code == 404
    assert theirs.get("/api/me").status_code == 200
    assert mine.post(f"/account/sessions/{rows['Bea']}/end").status_code == 303
    assert also_mine.get("/api/me").status_code == 401
    assert mine.get("/api/me").status_code == 200
    third = desk(database.url, role="viewer", name="Bea")
    assert "1 other browser signed out." in mine.get(mine.post("/account/sessions/end").headers["location"]).text
    assert third.get("/api/me").status_code == 401


def test_the_account_names_each_browser_and_this_one(desk, database):
    client = desk(database.url, role="viewer", name="Bea")
    write(database, "update greenroom.session set agent = 'Lantern/1 <b>', address = '192.0.2.9'")
    page = client.get("/account").text
    assert "Lantern/1 &lt;b&gt;" in page
    assert "192.0.2.9" in page
    assert "this one" in page


def test_what_a_browser_calls_itself_cannot_break_the_database(app, nobody, database):
    add(app, "Bea", password=GOOD)
    nobody.headers["user-agent"] = "x" * 5000
    assert sign_in(nobody, "Bea", GOOD).status_code == 303
    assert value(database, "select length(agent) from greenroom.session") == 200
    assert sessions._written("a\0b\n\u202ec") == "abc"


# Start links


def test_a_start_link_lets_the_one_who_started_the_desk_in_as_admin(app, nobody, database):
    token = app.state.sessions.start_link("otto")
    answer = nobody.get(f"/start/{token}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert nobody.get("/api/me").json()["role"] == "admin"
    assert value(database, "select token_hash from greenroom.sign_in_link") != token


def test_a_start_link_works_once(app, nobody):
    token = app.state.sessions.start_link("otto")
    nobody.get(f"/start/{token}")
    other = browser(app)
    answer = other.get(f"/start/{token}")
    assert answer.status_code == 410
    assert "This link was used" in answer.text
    assert other.get("/api/me").status_code == 401


def test_a_start_link_is_short_lived(app, nobody, database):
    token = app.state.sessions.start_link("otto")
    write(database, "update greenroom.sign_in_link set expires_at = expires_at - interval '15 minutes 1 second'")
    assert nobody.get(f"/start/{token}").status_code == 410


def test_a_newer_start_link_takes_the_place_of_the_older(app, nobody):
    older, newer = (app.state.sessions.start_link("otto") for _ in range(2))
    assert nobody.get(f"/start/{older}").status_code == 410
    assert nobody.get(f"/start/{newer}").status_code == 303


def test_two_who_use_a_link_at_once_are_one_too_many(app):
    token = app.state.sessions.start_link("otto")
    gate, outcomes = threading.Barrier(4), []

    def use():
        gate.wait(timeout=30)
        try:
            app.state.sessions.by_start_link(token)
            outcomes.append(303)
        except Refusal as refused:
            outcomes.append(refused.status)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [303, 410, 410, 410]


def test_a_look_by_head_does_not_use_a_link_up(app, nobody):
    token = app.state.sessions.start_link("otto")
    assert nobody.head(f"/start/{token}").status_code == 405
    assert nobody.get(f"/start/{token}").status_code == 303


def test_whoever_starts_the_desk_is_admin_again_whatever_they_became(app, nobody):
    first = add(app, "otto", "viewer")
    add(app, "Ada", "admin")
    with app.state.ground.connections.one() as conn, begin(conn):
        people.set_let_in(conn, first.id, False, by="Ada")
    nobody.get(f"/start/{app.state.sessions.start_link('Otto')}")
    assert nobody.get("/api/me").json() | {"csrf": ""} == {"name": "otto", "role": "admin", "csrf": ""}


@pytest.mark.parametrize("token", ["x", "%00", "a" * 150, "%F0%9F%8E%AD", "%ff"])
def test_a_made_up_link_is_refused(nobody, token):
    assert nobody.get(f"/start/{token}").status_code in (404, 410, 422)
    assert nobody.post(f"/start/{token}", data={"password": GOOD, "again": GOOD}).status_code in (404, 410, 422, 405)


# The people page


def test_an_admin_adds_somebody_who_chooses_a_password(admin, app, nobody, database):
    page = admin.post("/people", data={"name": " Bea ", "role": "editor", "email": "Bea@School.example"})
    assert page.status_code == 200
    way = link_in(page.text)
    assert "Choose a password" in nobody.get(way).text
    assert nobody.get(way).status_code == 200
    answer = nobody.post(way, data={"password": GOOD, "again": GOOD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert nobody.get("/api/me").json()["role"] == "editor"
    assert sign_in(browser(app), "Bea", GOOD).status_code == 303
    assert nobody.get(way).status_code == 410
    assert value(database, "select email from greenroom.person where name = 'Bea'") == "bea@school.example"


def test_a_link_is_shown_once(admin):
    way = link_in(admin.post("/people", data={"name": "Bea", "role": "viewer"}).text)
    assert way not in admin.get("/people").text


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"password": "short", "again": "short"}, "12 to 200"),
        ({"password": GOOD, "again": OTHER}, "not the same"),
        ({"password": "Bea Bea Bea 12", "again": "Bea Bea Bea 12"}, "name"),
    ],
)
def test_a_password_that_is_refused_leaves_the_link_usable(admin, nobody, form, says):
    way = link_in(admin.post("/people", data={"name": "Bea", "role": "viewer"}).text)
    answer = nobody.post(way, data=form)
    assert answer.status_code == 422
    assert says in answer.text
    assert nobody.post(way, data={"password": GOOD, "again": GOOD}).status_code == 303


def test_a_start_link_chooses_no_password_and_the_other_way_round(app, nobody, admin):
    start = app.state.sessions.start_link("otto")
    assert nobody.post(f"/start/{start}", data={"password": GOOD, "again": GOOD}).status_code == 410
    way = link_in(admin.post("/people", data={"name": "Bea", "role": "viewer"}).text)
    with pytest.raises(Refusal):
        app.state.sessions.by_start_link(way.removeprefix("/start/"))


def test_choosing_a_password_signs_every_other_browser_out(admin, desk, nobody, database):
    elsewhere = desk(database.url, role="viewer", name="Bea")
    person = value(database, "select id from greenroom.person where name = 'Bea'")
    way = link_in(admin.post(f"/people/{person}/link").text)
    nobody.post(way, data={"password": GOOD, "again": GOOD})
    assert elsewhere.get("/api/me").status_code == 401


@pytest.mark.parametrize("name", ["Bea", "BEA"])
def test_a_name_is_somebody_s_already(admin, app, name):
    add(app, "Bea")
    answer = admin.post("/people", data={"name": name, "role": "viewer"})
    assert answer.status_code == 409
    assert "is there already" in answer.text


@pytest.mark.parametrize("email", ["bea", "bea@", "@school.example", "b ea@school.example", "bea@school"])
def test_an_address_that_is_none_is_refused(admin, email):
    assert admin.post("/people", data={"name": "Bea", "role": "viewer", "email": email}).status_code == 422


def test_a_role_holds_from_the_next_request_on(admin, desk, database):
    bea = desk(database.url, role="viewer", name="Bea")
    person = value(database, "select id from greenroom.person where name = 'Bea'")
    assert bea.get("/people").status_code == 403
    assert admin.post(f"/people/{person}/role", data={"role": "admin"}).status_code == 303
    assert bea.get("/people").status_code == 200
    admin.post(f"/people/{person}/role", data={"role": "viewer"})
    assert bea.get("/people").status_code == 403


def test_who_is_kept_out_is_out_at_once_and_comes_not_in(admin, app, desk, database):
    bea = desk(database.url, role="viewer", name="Bea")
    with app.state.ground.connections.one() as conn, begin(conn):
        person = people.named(conn, "Bea").id
        people.set_password(conn, person, GOOD, by="tests")
    way = link_in(admin.post(f"/people/{person}/link").text)
    assert admin.post(f"/people/{person}/disable").status_code == 303
    assert bea.get("/api/me").status_code == 401
    assert sign_in(browser(app), "Bea", GOOD).status_code == 401
    assert browser(app).get(way).status_code == 410
    assert admin.post(f"/people/{person}/link").status_code == 409
    assert admin.post(f"/people/{person}/enable").status_code == 303
    assert sign_in(browser(app), "Bea", GOOD).status_code == 303


def test_a_session_of_somebody_kept_out_counts_for_nothing(desk, database):
    """Whoever wrote it into the database, and whether or not they took the session away."""
    bea = desk(database.url, role="viewer", name="Bea")
    write(database, "update greenroom.person set disabled_at = clock_timestamp() where name = 'Bea'")
    assert bea.get("/api/me").status_code == 401


def test_an_admin_signs_somebody_out_everywhere(admin, desk, database):
    bea = desk(database.url, role="viewer", name="Bea")
    person = value(database, "select id from greenroom.person where name = 'Bea'")
    said = admin.get(admin.post(f"/people/{person}/sign-out").headers["location"]).text
    assert "Bea was signed out of 1 browser." in said
    assert bea.get("/api/me").status_code == 401
    assert admin.get("/api/me").status_code == 200


@pytest.mark.parametrize("act", ["disable", "role"])
def test_the_last_admin_stays_one(admin, desk, database, act):
    me = value(database, "select id from greenroom.person where name = 'Ada'")
    answer = admin.post(f"/people/{me}/{act}", data={"role": "viewer"})
    assert answer.status_code == 409
    assert "Ada is the last admin." in answer.text
    desk(database.url, role="admin", name="Bea")
    assert admin.post(f"/people/{me}/{act}", data={"role": "viewer"}).status_code == 303


def test_an_admin_who_is_kept_out_does_not_count_as_one(admin, app, database):
    spare = add(app, "Bea", "admin")
    assert admin.post(f"/people/{spare.id}/disable").status_code == 303
    me = value(database, "select id from greenroom.person where name = 'Ada'")
    assert admin.post(f"/people/{me}/disable").status_code == 409


def test_two_admins_who_demote_each_other_at_once_leave_one(app, database):
    ada, bea = (add(app, name, "admin") for name in ("Ada", "Bea"))
    outcomes = []

    def demote():
        try:
            with app.state.ground.connections.one() as conn, begin(conn):
                people.set_role(conn, bea.id, "viewer", by="Ada")
            outcomes.append("done")
        except Refusal:
            outcomes.append("refused")

    other = threading.Thread(target=demote)
    with app.state.ground.connections.one() as conn, begin(conn):
        people.set_role(conn, ada.id, "viewer", by="Bea")
        other.start()
        # The first is not finished; the second waits for it, or has not waited and is done.
        waiting = "select count(*) from pg_locks where not granted and relation = 'greenroom.person'::regclass"
        while other.is_alive() and value(database, waiting) == 0:
            pass
    other.join()
    assert outcomes == ["refused"]
    assert value(database, "select count(*) from greenroom.person where role = 'admin'") == 1


def test_what_is_done_to_people_is_written_down(admin, database):
    admin.post("/people", data={"name": "Bea", "role": "viewer"})
    person = value(database, "select id from greenroom.person where name = 'Bea'")
    admin.post(f"/people/{person}/role", data={"role": "editor"})
    admin.post(f"/people/{person}/disable")
    told = write(
        database, "select done_by, what from greenroom.person_event where person_id = %s order by id", person
    ).fetchall()
    assert told == [
        ("Ada", "added as viewer"), ("Ada", "given a link to choose a password"), ("Ada", "role viewer → editor"),
        ("Ada", "disabled, and signed out everywhere"),
    ]  # fmt: skip
    page = admin.get("/people").text
    assert "role viewer → editor" in page


def test_nothing_is_written_down_when_nothing_changes(admin, database):
    me = value(database, "select id from greenroom.person where name = 'Ada'")
    before = value(database, "select count(*) from greenroom.person_event")
    admin.post(f"/people/{me}/role", data={"role": "admin"})
    admin.post(f"/people/{me}/enable")
    assert value(database, "select count(*) from greenroom.person_event") == before


def test_a_hostile_name_is_text(admin):
    admin.post("/people", data={"name": '"><script>alert(1)</script>', "role": "viewer"})
    page = admin.get("/people").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize("way", ["/people/2147483647/role", "/people/2147483647/link", "/people/2147483647/disable"])
def test_nobody_is_nobody(admin, way):
    assert admin.post(way, data={"role": "viewer"}).status_code == 404


# One's own password


def test_one_changes_one_s_password_and_the_other_browsers_are_signed_out(app, desk, database):
    add(app, "Bea", password=GOOD)
    here, elsewhere = (desk(database.url, role="viewer", name="Bea") for _ in range(2))
    form = {"old": GOOD, "password": OTHER, "again": OTHER}
    assert here.post("/account/password", data=form).status_code == 303
    assert here.get("/api/me").status_code == 200
    assert elsewhere.get("/api/me").status_code == 401
    assert sign_in(browser(app), "Bea", OTHER).status_code == 303
    assert sign_in(browser(app), "Bea", GOOD).status_code == 401


def test_who_does_not_know_the_old_password_changes_nothing(app, desk, database):
    add(app, "Bea", password=GOOD)
    here = desk(database.url, role="viewer", name="Bea")
    for old in (OTHER, ""):
        answer = here.post("/account/password", data={"old": old, "password": OTHER, "again": OTHER})
        assert answer.status_code == 422
        assert "The old password is not right." in answer.text
    assert sign_in(browser(app), "Bea", GOOD).status_code == 303


def test_guessing_the_old_password_is_slowed_down(app, desk, database):
    add(app, "Bea", password=GOOD)
    here = desk(database.url, role="viewer", name="Bea")
    form = {"old": "x", "password": OTHER, "again": OTHER}
    codes = [here.post("/account/password", data=form).status_code for _ in range(sessions.TRIES + 1)]
    assert codes == [422] * sessions.TRIES + [429]


def test_who_came_by_a_start_link_chooses_a_first_password(app, desk, database):
    here = desk(database.url, role="admin", name="otto")
    assert "You have none yet" in here.get("/account").text
    assert here.post("/account/password", data={"password": GOOD, "again": GOOD}).status_code == 303
    assert sign_in(browser(app), "otto", GOOD).status_code == 303


# The same by the API


def test_the_api_gives_the_same_answers(admin, app, nobody):
    made = admin.post("/api/people", json={"name": "Bea", "role": "editor"})
    assert made.status_code == 201
    person = made.json()["person"]
    assert person["role"] == "editor"
    way = made.json()["link"].removeprefix("http://testserver")
    assert nobody.post(way, data={"password": GOOD, "again": GOOD}).status_code == 303
    listed = admin.get("/api/people").json()
    assert {each["name"] for each in listed["people"]} == {"Ada", "Bea"}
    assert "argon2" not in str(listed)
    changed = admin.patch(f"/api/people/{person['id']}", json={"role": "viewer", "is_let_in": False}).json()
    assert (changed["role"], changed["is_let_in"]) == ("viewer", False)
    assert nobody.get("/api/me").status_code == 401


def test_a_change_of_two_things_is_whole_or_not_at_all(admin, database):
    me = value(database, "select id from greenroom.person where name = 'Ada'")
    write(database, "insert into greenroom.person (name, role, added_by) values ('Bea', 'admin', 'tests')")
    bea = value(database, "select id from greenroom.person where name = 'Bea'")
    admin.patch(f"/api/people/{me}", json={"role": "viewer"})
    with_bea = "select role from greenroom.person where id = %s"
    assert value(database, with_bea, bea) == "admin"
    assert value(database, "select count(*) from greenroom.person where role = 'admin'") == 1
    assert admin.patch(f"/api/people/{bea}", json={"role": "viewer"}).status_code == 403


def test_the_page_has_a_menu_entry_for_admins_alone(desk, database):
    assert 'href="/people"' in desk(database.url, role="admin", name="Ada").get("/account").text
    assert 'href="/people"' not in desk(database.url, role="approver", name="Bea").get("/account").text
