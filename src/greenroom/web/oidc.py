"""Signing in by somebody else's accounts (OpenID Connect): a browser leaves for the provider, a person comes back.

The code flow with PKCE, state and nonce. Who comes back must have been added by an admin, under the e-mail address that
the provider vouches for; from then on they are known by the provider's own word for them. The extra `oidc` brings what
checks the provider's signatures.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from fastapi import Request
from starlette.responses import RedirectResponse, Response

from greenroom.db.connection import begin
from greenroom.model.errors import BadSetting
from greenroom.web import people
from greenroom.web.ground import Ground, Provider
from greenroom.web.people import Listed
from greenroom.web.refusal import Refusal
from greenroom.web.sessions import hash_of

# Signed by a key pair; what is signed by a shared secret, or by nobody, proves nothing here.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
# As long as a person takes to type a password and look for a second factor.
_MINUTES = 10
_CLOCKS_DIFFER_SECONDS = 60
_MOST_BYTES = 1024 * 1024
# A provider changes its keys in days; it is asked again in an hour, and at once when a key is not known.
_KEEP_SECONDS = 3600


@dataclass(frozen=True)
class Discovered:
    """Where a provider does what."""

    authorize: str
    token: str
    keys: str
    methods: tuple[str, ...]
    at: float = field(compare=False)


def check(provider: Provider) -> None:
    """Whether this can be used at all, before anybody tries. Raises BadSetting."""
    if find_spec("authlib") is None or find_spec("joserfc") is None:
        raise BadSetting(
            "GREENROOM_OIDC_ISSUER is set, and the extra that signs people in by it is not installed.",
            hint="pip install 'greenroom[oidc]', or unset GREENROOM_OIDC_ISSUER.",
        )
    if not _is_safe(provider.issuer):
        raise BadSetting(
            f"GREENROOM_OIDC_ISSUER: {provider.issuer} is no https address.",
            hint="Write the provider's issuer, for example https://login.school.example.",
        )
    if not provider.client_id or not provider.client_secret:
        raise BadSetting(
            "GREENROOM_OIDC_ISSUER is set without GREENROOM_OIDC_CLIENT_ID and GREENROOM_OIDC_CLIENT_SECRET.",
            hint="Register the desk at the provider; it gives both.",
        )


def name_of(ground: Ground) -> str | None:
    """The provider as the login page names it; None where there is none."""
    return urlsplit(ground.provider.issuer).hostname if ground.provider else None


def leave(ground: Ground, request: Request) -> Response:
    """Off to the provider. What proves on the way back that it was this browser stays in a cookie and the database."""
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    provider = _provider(ground)
    found = _discovered(provider)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    with ground.connections.one() as conn, begin(conn):
        conn.execute("delete from greenroom.sign_in_flow where expires_at < clock_timestamp()")
        conn.execute(
            "insert into greenroom.sign_in_flow (state_hash, nonce, verifier, expires_at)"
            " values (%s, %s, %s, clock_timestamp() + make_interval(mins => %s))",
            [hash_of(state), nonce, verifier, _MINUTES],
        )
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": _back(request),
        "scope": "openid email profile",
        "state": state,
        "nonce": nonce,
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    joint = "&" if urlsplit(found.authorize).query else "?"
    answer = RedirectResponse(f"{found.authorize}{joint}{urlencode(asked)}", status_code=303)
    answer.set_cookie(
        _cookie(ground),
        state,
        max_age=_MINUTES * 60,
        path="/",
        secure=ground.is_secure,
        httponly=True,
        # The way back is a link from another site; a stricter cookie would stay behind.
        samesite="lax",
    )
    return answer


def come_back(ground: Ground, request: Request, *, code: str | None, state: str | None, error: str | None) -> Listed:
    """Who came back. Raises Refusal."""
    provider = _provider(ground)
    if error is not None or not code or not state:
        raise Refusal(401, "The provider did not let you in.", "Try again, or sign in by name and password.")
    if not secrets.compare_digest(request.cookies.get(_cookie(ground), "").encode(), state.encode()):
        raise _strange()
    with ground.connections.one() as conn, begin(conn):
        flow = conn.execute(
            "delete from greenroom.sign_in_flow where state_hash = %s and expires_at > clock_timestamp()"
            " returning nonce, verifier",
            [hash_of(state)],
        ).fetchone()
    if flow is None:
        raise _strange()
    claims = _claims(provider, _tokens(provider, code, flow[1], _back(request)), nonce=flow[0])
    with ground.connections.one() as conn, begin(conn):
        return people.by_provider(
            conn,
            provider.issuer,
            str(claims["sub"]),
            email=str(claims.get("email") or "").strip().lower(),
            is_vouched_for=claims.get("email_verified") is True,
        )


def forget_flow(ground: Ground, answer: Response) -> Response:
    """Take the cookie of the way back."""
    answer.delete_cookie(_cookie(ground), path="/", secure=ground.is_secure, httponly=True, samesite="lax")
    return answer


def _provider(ground: Ground) -> Provider:
    if ground.provider is None:
        raise Refusal(404, "This desk has no provider of accounts.", "Sign in by name and password.")
    return ground.provider


def _cookie(ground: Ground) -> str:
    return "__Host-greenroom-flow" if ground.is_secure else "greenroom-flow"


def _back(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/login/provider/back"


def _strange() -> Refusal:
    return Refusal(401, "This sign-in was not begun in this browser, or is too old.", "Begin again.")


def _unwell(said: str) -> Refusal:
    return Refusal(401, f"The provider of accounts cannot be used now: {said}.", "Try again in a while; tell an admin.")


def _discovered(provider: Provider) -> Discovered:
    found = _discovery(provider)
    if time.monotonic() - found.at > _KEEP_SECONDS:
        _discovery.cache_clear()
        _keys.cache_clear()
        found = _discovery(provider)
    return found


@lru_cache(maxsize=4)
def _discovery(provider: Provider) -> Discovered:
    told = _asked("GET", f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if told.get("issuer") != provider.issuer:
        raise _unwell("it calls itself by another name than GREENROOM_OIDC_ISSUER")
    places = [told.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if not all(isinstance(place, str) and _is_safe(place) for place in places):
        raise _unwell("it names no safe addresses")
    methods = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    authorize, token, keys = map(str, places)
    return Discovered(authorize, token, keys, tuple(map(str, methods)), time.monotonic())


@lru_cache(maxsize=4)
def _keys(address: str) -> Any:
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        return KeySet.import_key_set(_asked("GET", address))  # type: ignore[arg-type]
    except (JoseError, ValueError, KeyError, TypeError):
        raise _unwell("its keys cannot be read") from None


def _tokens(provider: Provider, code: str, verifier: str, back: str) -> dict[str, Any]:
    found = _discovered(provider)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    basic = None
    if "client_secret_basic" in found.methods:
        # RFC 6749 2.3.1 wants both encoded as in a form before they are put together.
        basic = (
            urlencode({"": provider.client_id}).removeprefix("="),
            urlencode({"": provider.client_secret}).removeprefix("="),
        )
    else:
        form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
    return _asked("POST", found.token, data=form, auth=basic)


def _claims(provider: Provider, tokens: dict[str, Any], *, nonce: str) -> dict[str, Any]:
    """What the provider says of the person, proved to be the provider's word, about us, and for this sign-in."""
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError

    said = tokens.get("id_token")
    if not isinstance(said, str):
        raise _unwell("it sent no word about you")
    try:
        token = jwt.decode(said, _keys_for(provider, said), algorithms=_ALGORITHMS)
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
            },
            params={"nonce": nonce, "client_id": provider.client_id, "access_token": tokens.get("access_token")},
        )
        claims.validate(leeway=_CLOCKS_DIFFER_SECONDS)
    except (JoseError, ValueError, KeyError, TypeError):
        raise _unwell("what it says about you cannot be trusted") from None
    return dict(token.claims)


def _keys_for(provider: Provider, said: str) -> Any:
    """The provider's keys; asked for anew when the one that signed is not among them."""
    from joserfc.jws import extract_compact

    address = _discovered(provider).keys
    wanted = extract_compact(said.encode()).headers().get("kid")
    if wanted and all(key.kid != wanted for key in _keys(address).keys):
        _keys.cache_clear()
    return _keys(address)


def _asked(method: str, address: str, **given: Any) -> dict[str, Any]:
    """A JSON object from the provider. Raises Refusal."""
    try:
        with (
            httpx2.Client(timeout=10.0, follow_redirects=False) as client,
            client.stream(method, address, headers={"accept": "application/json"}, **given) as answer,
        ):
            body = b""
            for block in answer.iter_bytes():
                body += block
                if len(body) > _MOST_BYTES:
                    raise _unwell("it says too much")
            status = answer.status_code
    except httpx2.HTTPError:
        raise _unwell("it does not answer") from None
    if status != 200:
        raise _unwell(f"it answers {status}")
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise _unwell("it answers with something else than JSON")
    return told


def _is_safe(address: str) -> bool:
    """https, or plain http within this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(host)
    if host == "localhost":
        return parts.scheme == "http"
    try:
        return parts.scheme == "http" and ip_address(host).is_loopback
    except ValueError:
        return False
