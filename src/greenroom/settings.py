"""The environment, read once: variables in, one frozen Settings out. Only the faces call this."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

import platformdirs

from greenroom.model.errors import BadSetting, UnknownSetting

PREFIX = "GREENROOM_"
MASK = "•••"

# Read by the test suite, never by the product; known here so that they are not taken for typing mistakes.
_OF_THE_TESTS = frozenset({"GREENROOM_SHARED_DATA", "GREENROOM_TEST_MAJORS", "GREENROOM_TEST_CLUSTERS"})


def _text(value: str) -> str:
    if not value.isprintable():
        raise ValueError("has characters that cannot be printed")
    return value


def _path(value: str) -> Path:
    return Path(value).expanduser().absolute()


def _place(value: str) -> str:
    """A folder or a URL; only a folder is made absolute."""
    return value if "://" in value else str(_path(value))


def _seconds(value: str) -> float:
    seconds = float(value)
    # Also false for nan. A day is far beyond any promotion, and within what PostgreSQL takes in milliseconds.
    if not 0 <= seconds <= 86_400:
        raise ValueError("is not between 0 and 86400")
    return seconds


def _pauses(value: str) -> tuple[tuple[str, float], ...]:
    """`ccea.org.uk=10,*=1`; a number alone is for every host."""
    found: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        host, _, seconds = part.rpartition("=")
        name = host.strip().lower() or "*"
        if not re.fullmatch(r"\*|[a-z0-9.-]+", name):
            raise ValueError(f"holds {part!r}, which is not host=seconds")
        if name in found:
            raise ValueError(f"names {name} twice")
        found[name] = _seconds(seconds)
    return tuple(found.items())


def _places(value: str) -> int:
    places = int(value)
    # A site that a person runs stands few at a time; more is a load test.
    if not 1 <= places <= 8:
        raise ValueError("is not between 1 and 8")
    return places


def _identifier(value: str) -> str:
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", value):
        raise ValueError("is not a plain lower-case name of at most 63 characters")
    return value


def _identifiers(value: str) -> tuple[str, ...]:
    return tuple(_identifier(part.strip()) for part in value.split(",") if part.strip())


def _hosts(value: str) -> tuple[str, ...]:
    hosts = tuple(part.strip().lower() for part in value.split(",") if part.strip())
    for host in hosts:
        name, _, port = host.rpartition(":")
        if not name or not port.isdigit() or not 0 < int(port) < 65_536:
            raise ValueError(f"holds {host!r}, which is not host:port")
    return hosts


def _names(value: str) -> tuple[str, ...]:
    """Host names, each with or without a port."""
    names = tuple(part.strip().lower() for part in value.split(",") if part.strip())
    for name in names:
        if not re.fullmatch(r"(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:[0-9]{1,5})?", name):
            raise ValueError(f"holds {name!r}, which is not host or host:port")
    return names


def _variable(
    name: str, read: Callable[[str], object], default: object, *, help_line: str, kind: str, secret: bool = False
) -> Any:
    about = {"name": name, "read": read, "help": help_line, "kind": kind, "secret": secret}
    if callable(default):
        return field(default_factory=default, repr=not secret, metadata=about)
    return field(default=default, repr=not secret, metadata=about)


def _default_home() -> Path:
    return platformdirs.user_data_path("greenroom", appauthor=False)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything the environment decides."""

    database_url: str | None = _variable(
        "DATABASE_URL",
        _text,
        None,
        kind="URL",
        help_line="The database to publish into; without it the private server.",
        secret=True,
    )
    home: Path = _variable(
        "GREENROOM_HOME", _path, _default_home, kind="folder", help_line="Where the private server and snapshots live."
    )
    store: str = _variable(
        "GREENROOM_STORE",
        _place,
        "",
        kind="folder or URL",
        help_line="Where fetched bytes are kept; by default the folder snapshots in GREENROOM_HOME.",
    )
    allow_hosts: tuple[str, ...] = _variable(
        "GREENROOM_ALLOW_HOSTS",
        _hosts,
        (),
        kind="host:port, comma between",
        help_line="Further hosts that may be fetched, such as mirrors.",
    )
    contact: str = _variable(
        "GREENROOM_CONTACT", _text, "", kind="text", help_line="Who runs this: named to the sites that are fetched."
    )
    pause_seconds: tuple[tuple[str, float], ...] = _variable(
        "GREENROOM_PAUSE_SECONDS",
        _pauses,
        (("*", 1.0),),
        kind="seconds, or host=seconds, comma between",
        help_line="The least pause between two requests to a host; a board or its robots.txt may ask for more.",
    )
    per_host: int = _variable(
        "GREENROOM_PER_HOST", _places, 1, kind="1 to 8", help_line="How many requests a host gets at a time."
    )
    exams_schema: str = _variable(
        "GREENROOM_EXAMS_SCHEMA", _identifier, "public", kind="name", help_line="Schema of the exam tables."
    )
    schools_schema: str = _variable(
        "GREENROOM_SCHOOLS_SCHEMA",
        _identifier,
        "educational_data",
        kind="name",
        help_line="Schema of the school tables.",
    )
    app_roles: tuple[str, ...] = _variable(
        "GREENROOM_APP_ROLES",
        _identifiers,
        ("anon", "authenticated"),
        kind="names, comma between",
        help_line="Roles the app reads with; those that do not exist are left alone.",
    )
    lock_timeout_seconds: float = _variable(
        "GREENROOM_LOCK_TIMEOUT_SECONDS",
        _seconds,
        # Long enough to outwait a reader, short enough that readers queued behind us hardly notice.
        5.0,
        kind="seconds",
        help_line="How long to wait for a lock before giving way; 0 waits for ever.",
    )
    statement_timeout_seconds: float = _variable(
        "GREENROOM_STATEMENT_TIMEOUT_SECONDS",
        _seconds,
        # Ten times the longest step seen, loading the largest national file on two cores.
        900.0,
        kind="seconds",
        help_line="How long one step in the database may take; 0 is no limit.",
    )
    pg_bin: Path | None = _variable(
        "GREENROOM_PG_BIN", _path, None, kind="folder", help_line="Folder of the PostgreSQL programs to use."
    )
    listen: str = _variable(
        "GREENROOM_LISTEN", _text, "127.0.0.1", kind="address", help_line="Address the private server listens on."
    )
    desk_hosts: tuple[str, ...] = _variable(
        "GREENROOM_DESK_HOSTS",
        _names,
        (),
        kind="host or host:port, comma between",
        help_line="Names the desk is asked under besides this machine's own; the first is its address behind TLS.",
    )
    oidc_issuer: str | None = _variable(
        "GREENROOM_OIDC_ISSUER",
        _text,
        None,
        kind="URL",
        help_line="The provider of accounts (OpenID Connect) that people may sign in to the desk by.",
    )
    oidc_client_id: str | None = _variable(
        "GREENROOM_OIDC_CLIENT_ID", _text, None, kind="text", help_line="What that provider calls the desk."
    )
    oidc_client_secret: str | None = _variable(
        "GREENROOM_OIDC_CLIENT_SECRET",
        _text,
        None,
        kind="text",
        help_line="By what the desk proves itself to that provider.",
        secret=True,
    )

    def __post_init__(self) -> None:
        if not self.store:
            object.__setattr__(self, "store", str(self.home / "snapshots"))


@dataclass(frozen=True)
class Listed:
    """One line of `greenroom settings`: what is set, by whom."""

    name: str
    kind: str
    value: str
    source: str
    help_line: str
    is_secret: bool


def load(environ: Mapping[str, str]) -> Settings:
    """Read every variable. An empty one counts as unset, except where the value is a list.

    Raises UnknownSetting for a misspelt name and BadSetting for a value of the wrong kind.
    """
    _refuse_unknown(environ)
    given: dict[str, Any] = {each.name: _read(each, environ) for each in fields(Settings) if _is_set(each, environ)}
    return Settings(**given)


def listed(environ: Mapping[str, str]) -> list[Listed]:
    """Every setting with its value and source, secrets masked."""
    settings = load(environ)
    return [
        Listed(
            name=each.metadata["name"],
            kind=each.metadata["kind"],
            value=_shown(getattr(settings, each.name), is_secret=each.metadata["secret"]),
            source="environment" if _is_set(each, environ) else "default",
            help_line=each.metadata["help"],
            is_secret=each.metadata["secret"],
        )
        for each in fields(Settings)
    ]


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = {each.metadata["name"] for each in fields(Settings)} | _OF_THE_TESTS
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, sorted(known - _OF_THE_TESTS), n=1)
            raise UnknownSetting(
                f"There is no setting {name}.", hint=f"Did you mean {near[0]}?" if near else UnknownSetting.default_hint
            )


def _is_set(each: Field[Any], environ: Mapping[str, str]) -> bool:
    value = environ.get(each.metadata["name"])
    return value is not None and (bool(value.strip()) or isinstance(each.default, tuple))


def _read(each: Field[Any], environ: Mapping[str, str]) -> object:
    name = each.metadata["name"]
    try:
        return each.metadata["read"](environ[name].strip())
    except ValueError as error:
        # The reason may quote the value; that of a secret stays unsaid.
        reason = "cannot be used" if each.metadata["secret"] else str(error)
        raise BadSetting(f"{name}: {reason}.", hint=f"Expected: {each.metadata['kind']}.") from None


def _shown(value: object, *, is_secret: bool) -> str:
    if value is None or value == ():
        return ""
    if is_secret:
        return MASK
    if isinstance(value, tuple):
        return ",".join(part if isinstance(part, str) else f"{part[0]}={part[1]:g}" for part in value)
    return str(value)
