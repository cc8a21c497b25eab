"""Signing in by a provider of accounts: a small one of our own, which lies in every way that is known."""

import base64
import hashlib
import json
import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import psycopg
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from starlette.testclient import TestClient
from tests.web.conftest import HOST
from werkzeug import Response

from greenroom.db.connection import begin
from greenroom.model.errors import BadSetting
from greenroom.web import oidc, people
from greenroom.web.ground import Provider

CLIENT, SECRET = "desk one", "s3cret:&word"
GOOD = {"sub": "0042", "email": "bea@school.example", "email_verified": True}


class School:
    """A provider of accounts that does what it should, unless told otherwise."""

    def __init__(self, httpserver):
        self.server = httpserver
        self.issuer = httpserver.url_for("").rstrip("/")
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.published: list[Any] = [self.key]
        self.claims = dict(GOOD)
        self.signing = {"alg": "RS256", "kid": "one"}
        self.signer: Any = self.key
        self.told: dict[str, Any] = {}
        self.nonce = None
        self.codes = {}
        self.asked = []
        httpserver.expect_request("/.well-known/openid-configuration").respond_with_handler(self._discovery)
        httpserver.expect_request("/keys").respond_with_handler(self._keys)
        httpserver.expect_request("/token").respond_with_handler(self._token)

    def _discovery(self, request):
        told = {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
        }  # fmt: skip
        return self._json(told | self.told)

    def _keys(self, request):
        self.asked.append("keys")
        return self._json(KeySet(self.published).as_dict(private=False))

    def _token(self, request):
        """One code, once, for whoever holds the verifier and the client's secret."""
        self.asked.append(dict(request.form))
        known = self.codes.pop(request.form.get("code"), None)
        challenge = _challenge(request.form.get("code_verifier", ""))
        basic = base64.b64decode(request.headers.get("authorization", "Basic ").removeprefix("Basic ")).decode()
        posted = f"{request.form.get('client_id')}:{request.form.get('client_secret')}"
        is_client = basic == "desk+one:s3cret%3A%26word" or posted == f"{CLIENT}:{SECRET}"
        if not known or challenge != known["code_challenge"] or not is_client:
            return Response(json.dumps({"error": "invalid_grant"}), 400)
        if request.form["redirect_uri"] != known["redirect_uri"]:
            return Response(json.dumps({"error": "invalid_grant"}), 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": self.nonce or known["nonce"],
        } | self.claims  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode(self.signing, claims, self.signer, algorithms=[self.signing["alg"]])
        return self._json({"access_token": "a", "token_type": "Bearer", "id_token": token})

    @staticmethod
    def _json(value):
        return Response(json.dumps(value), content_type="application/json")

    def lets_in(self, address):
        """What a person does at the provider; the way back."""
        asked = dict(parse_qsl(urlsplit(address).query))
        self.codes["code"] = asked
        return f"/login/provider/back?code=code&state={asked['state']}"


def _challenge(verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def school(httpserver):
    oidc._discovery.cache_clear()
    oidc._keys.cache_clear()
    return School(httpserver)


@pytest.fixture
def database(make_database):
    return make_database("exams")


@pytest.fixture
def app(desk_of, database, school):
    made = desk_of(database.url, provider=Provider(school.issuer, CLIENT, SECRET))
    with made.state.ground.connections.one() as conn, begin(conn):
        people.add(conn, "Bea", "editor", email="Bea@School.example", by="tests")
    return made


@pytest.fixture
def browser(app):
    return browser_of(app)


def browser_of(app):
    return TestClient(app, base_url=f"http://{HOST}", follow_redirects=False)


def signed_in(browser, school):
    """Off to the provider and back."""
    away = browser.get("/login/provider")
    assert away.status_code == 303
    return browser.get(school.lets_in(away.headers["location"]))


def value(database, query):
    with psycopg.connect(database.url) as conn:
        return conn.execute(query).fetchone()[0]


def test_whom_an_admin_added_comes_in(app, browser, school, database):
    assert f'<a class="button" href="/login/provider">Sign in by {urlsplit(school.issuer).hostname}</a>' in (
        browser.get("/login").text
    )
    answer = signed_in(browser, school)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    me = browser.get("/api/me").json()
    assert (me["name"], me["role"]) == ("Bea", "editor")
    assert value(database, "select subject from greenroom.person") == "0042"
    assert value(database, "select how from greenroom.session") == "provider"


def test_what_the_browser_carries_there_is_a_challenge_and_no_secret(browser, school):
    away = urlsplit(browser.get("/login/provider").headers["location"])
    asked = parse_qs(away.query)
    assert f"{away.scheme}://{away.netloc}{away.path}" == f"{school.issuer}/authorize"
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"http://{HOST}/login/provider/back"]
    assert "openid" in asked["scope"][0].split()
    assert len(asked["state"][0]) > 40
    assert len(asked["nonce"][0]) > 40
    assert SECRET not in away.query


def test_once_known_a_person_is_known_by_the_provider_s_own_word(app, browser, school):
    signed_in(browser, school)
    school.claims["email"] = "married@school.example"
    again = browser_of(app)
    signed_in(again, school)
    assert again.get("/api/me").json()["name"] == "Bea"


def test_an_address_that_changed_hands_does_not_let_the_next_one_in(app, browser, school):
    signed_in(browser, school)
    school.claims["sub"] = "0043"
    again = browser_of(app)
    answer = signed_in(again, school)
    assert answer.status_code == 403
    assert "bea@school.example is not among the people of this desk." in answer.text
    assert again.get("/api/me").status_code == 401


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"email": "cid@school.example"}, "cid@school.example is not among the people of this desk."),
        ({"email_verified": False}, "does not vouch"), ({"email_verified": None}, "does not vouch"),
        ({"email_verified": "true"}, "does not vouch"), ({"email": None}, "This account is not among the people"),
        ({"email": ""}, "This account is not among the people"),
    ],
)  # fmt: skip
def test_whom_nobody_added_is_refused_by_name(browser, school, claims, says):
    school.claims |= claims
    answer = signed_in(browser, school)
    assert answer.status_code == 403
    assert says in answer.text
    assert browser.get("/api/me").status_code == 401


def test_who_is_kept_out_is_kept_out_whatever_the_provider_says(app, browser, school):
    with app.state.ground.connections.one() as conn, begin(conn):
        people.set_let_in(conn, people.named(conn, "Bea").id, False, by="tests")
    assert signed_in(browser, school).status_code == 403
    assert browser.get("/api/me").status_code == 401


# Lies


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"}, {"aud": "another"}, {"aud": ["another", "third"]}, {"aud": None},
        {"aud": [CLIENT, "another"]}, {"aud": [CLIENT, "another"], "azp": "another"},
        {"exp": 1_000_000_000}, {"exp": None}, {"iat": None}, {"iat": 9_999_999_999}, {"sub": None}, {"iss": None},
        {"nbf": 9_999_999_999}, {"at_hash": "wrong"},
    ],
    ids=str,
)  # fmt: skip
def test_a_word_that_is_not_about_this_sign_in_counts_for_nothing(browser, school, claims):
    school.claims |= claims
    answer = signed_in(browser, school)
    assert answer.status_code == 401
    assert "cannot be trusted" in answer.text
    assert browser.get("/api/me").status_code == 401


@pytest.mark.parametrize("nonce", ["another", ""])
def test_a_word_said_to_somebody_else_counts_for_nothing(browser, school, nonce):
    school.nonce = nonce or None
    school.claims |= {} if nonce else {"nonce": None}
    assert signed_in(browser, school).status_code == 401


def test_another_key_under_the_same_name_signs_nothing(browser, school):
    school.signer = RSAKey.generate_key(2048, {"kid": "one"})
    assert signed_in(browser, school).status_code == 401


def test_a_signature_by_the_shared_secret_counts_for_nothing(browser, school):
    """As by the published key taken for a secret: the old confusion of two algorithms."""
    school.signing, school.signer = {"alg": "HS256", "kid": "one"}, OctKey.import_key(SECRET * 4)
    assert signed_in(browser, school).status_code == 401


def test_an_unsigned_word_counts_for_nothing(browser, school, monkeypatch):
    real = School._json

    def unsigned(value):
        if "id_token" in value:
            _, payload, _ = value["id_token"].split(".")
            head = base64.urlsafe_b64encode(b'{"alg":"none","kid":"one"}').decode().rstrip("=")
            value["id_token"] = f"{head}.{payload}."
        return real(value)

    monkeypatch.setattr(School, "_json", staticmethod(unsigned))
    assert signed_in(browser, school).status_code == 401


@pytest.mark.parametrize("word", ["", "x", "a.b.c", "....", None, 7, "é"])
def test_a_word_that_is_none_counts_for_nothing(browser, school, monkeypatch, word):
    real = School._json
    monkeypatch.setattr(
        School, "_json", staticmethod(lambda value: real(value | ({"id_token": word} if "id_token" in value else {})))
    )
    assert signed_in(browser, school).status_code == 401


def test_a_provider_that_changes_its_keys_is_asked_anew(app, browser, school):
    signed_in(browser, school)
    school.signer = ECKey.generate_key("P-256", {"kid": "two"})
    school.published, school.signing = [school.signer], {"alg": "ES256", "kid": "two"}
    again = browser_of(app)
    signed_in(again, school)
    assert again.get("/api/me").json()["name"] == "Bea"
    assert school.asked.count("keys") == 2


# The way back


def test_a_way_back_that_was_not_begun_in_this_browser_leads_nowhere(app, browser, school):
    """Somebody who sends their own way back to another would sign the other in as themselves."""
    away = browser.get("/login/provider").headers["location"]
    other = browser_of(app)
    answer = other.get(school.lets_in(away))
    assert answer.status_code == 401
    assert "not begun in this browser" in answer.text
    assert other.get("/api/me").status_code == 401


def test_a_way_back_leads_in_once(browser, school):
    away = browser.get("/login/provider").headers["location"]
    flow = browser.cookies["greenroom-flow"]
    back = school.lets_in(away)
    assert browser.get(back).status_code == 303
    browser.cookies.set("greenroom-flow", flow)
    school.lets_in(away)
    assert browser.get(back).status_code == 401


def test_a_way_back_is_open_for_ten_minutes(browser, school, database):
    away = browser.get("/login/provider").headers["location"]
    with psycopg.connect(database.url) as conn:
        conn.execute("update greenroom.sign_in_flow set expires_at = expires_at - interval '10 minutes 1 second'")
    assert browser.get(school.lets_in(away)).status_code == 401


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?state=x", "?error=access_denied&state=x", "?code=x&state=é", "?code=&state="]
)
def test_a_way_back_with_something_missing_leads_nowhere(browser, school, query):
    browser.get("/login/provider")
    answer = browser.get(f"/login/provider/back{query}")
    assert answer.status_code == 401
    assert "Sign in" in answer.text


def test_the_code_is_worth_nothing_without_the_verifier(browser, school):
    away = browser.get("/login/provider").headers["location"]
    back = school.lets_in(away)
    school.codes["code"]["code_challenge"] = _challenge("another")
    assert browser.get(back).status_code == 401


def test_the_database_holds_no_state(browser, school, database):
    browser.get("/login/provider")
    assert value(database, "select state_hash from greenroom.sign_in_flow") != browser.cookies["greenroom-flow"]


def test_the_session_before_ends_and_the_cookie_is_new(app, browser, school, database):
    signed_in(browser, school)
    first = browser.cookies["greenroom"]
    signed_in(browser, school)
    assert browser.cookies["greenroom"] != first
    assert value(database, "select count(*) from greenroom.session") == 1


# A provider that is unwell


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "https://evil.example"}, {"authorization_endpoint": "http://evil.example/a"},
        {"token_endpoint": "javascript:alert(1)"}, {"jwks_uri": None}, {"jwks_uri": 7},
    ],
    ids=str,
)  # fmt: skip
def test_a_provider_that_says_odd_things_of_itself_is_not_followed(browser, school, told):
    school.told = told
    answer = browser.get("/login/provider")
    assert answer.status_code == 401
    assert "cannot be used now" in answer.text


@pytest.mark.parametrize(
    "answer", [Response("no", 500), Response("<html>"), Response("[1]"), Response("x" * 2_000_000)]
)
def test_a_provider_that_answers_nonsense_is_told_in_words(browser, school, httpserver, answer):
    httpserver.clear()
    httpserver.expect_request("/.well-known/openid-configuration").respond_with_response(answer)
    told = browser.get("/login/provider")
    assert told.status_code == 401
    assert "cannot be used now" in told.text


def test_a_provider_that_is_not_there_is_told_in_words(desk_of, make_database):
    oidc._discovery.cache_clear()
    app = desk_of(make_database("exams").url, provider=Provider("http://127.0.0.1:9", CLIENT, SECRET))
    answer = browser_of(app).get("/login/provider")
    assert answer.status_code == 401
    assert "it does not answer" in answer.text


def test_a_provider_that_takes_the_secret_in_the_form_gets_it_there(browser, school):
    school.told = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert signed_in(browser, school).headers["location"] == "/"
    assert school.asked[0]["client_secret"] == SECRET


def test_where_there_is_no_provider_there_is_no_way_to_one(desk_of, make_database):
    client = browser_of(desk_of(make_database("exams").url))
    assert "provider" not in client.get("/login").text
    assert client.get("/login/provider").status_code == 404


@pytest.mark.parametrize(
    ("issuer", "is_safe"),
    [
        ("https://login.school.example", True), ("http://127.0.0.1:80/x", True), ("http://localhost", True),
        ("http://[::1]:1", True), ("http://login.school.example", False), ("ftp://127.0.0.1", False), ("", False),
        ("https://", False), ("http://[", False), ("http://127.0.0.1.evil.example", False), ("javascript:x", False),
    ],
)  # fmt: skip
def test_only_https_or_this_machine_is_trusted(issuer, is_safe):
    assert oidc._is_safe(issuer) == is_safe


def test_without_the_extra_the_want_of_it_is_told(monkeypatch):
    monkeypatch.setattr(oidc, "find_spec", lambda name: None)
    with pytest.raises(BadSetting, match="is not installed") as told:
        oidc.check(Provider("https://login.school.example", CLIENT, SECRET))
    assert "greenroom[oidc]" in told.value.hint


def test_a_provider_shows_no_secret():
    assert SECRET not in repr(Provider("https://login.school.example", CLIENT, SECRET))
