"""Passwords: a word enters, a hash or a yes or no leaves, in the same time whoever is asked for."""

from __future__ import annotations

from functools import cache
from threading import Semaphore
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from greenroom.web.refusal import Refusal

# What NIST asks of a password that stands alone is a length; nothing is demanded of its letters.
LEAST = 12
MOST = 200

# Each takes 64 MB for a moment: guesses must not fill the memory.
_AT_ONCE = Semaphore(2)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    return _hasher().hash("the password of nobody")


def hashed(password: str, *, name: str = "") -> str:
    """The argon2id hash of a new password. Raises Refusal."""
    _refuse_guessable(password, name)
    return rehashed(password)


def rehashed(password: str) -> str:
    """The hash of a password that was let in before."""
    with _AT_ONCE:
        return _hasher().hash(_one_spelling(password))


def _one_spelling(password: str) -> str:
    """An accent is one character on one keyboard and two on another."""
    return normalize("NFKC", password)


def _refuse_guessable(password: str, name: str) -> None:
    if not LEAST <= len(password) <= MOST:
        raise _unfit(f"A password has {LEAST} to {MOST} characters; this has {len(password)}.")
    folded = password.casefold()
    if len(set(folded)) < 5:
        raise _unfit("This password repeats a few characters.")
    # What is left without the name must not be next to nothing.
    if len(name) > 2 and len(folded.replace(name.casefold(), "").strip()) < 5:
        raise _unfit("This password is little more than the name.")
    if any(word in folded and len(folded) - len(word) < 5 for word in ("password", "greenroom", "123456789", "qwerty")):
        raise _unfit("This password is one of the first that anybody tries.")


def _unfit(cause: str) -> Refusal:
    return Refusal(422, cause, "Four words that do not belong together make a good one.")


def fits(password: str, stored: str | None) -> bool:
    """Whether a password is the stored one. Where nothing is stored, it takes as long to say no."""
    with _AT_ONCE:
        try:
            _hasher().verify(stored or _nobody(), _one_spelling(password))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether a stored hash was made with weaker parameters than those of today."""
    return _hasher().check_needs_rehash(stored)
