"""The environment of this run, read once, and lines of progress."""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from greenroom import settings
from greenroom.model.pack import Pack
from greenroom.settings import Settings


@cache
def configured() -> Settings:
    """The environment, read once."""
    return settings.load(os.environ)


def schema_of(pack: Pack) -> str:
    """The schema a pack's tables live in, by setting."""
    schemas: Mapping[str, str] = {"exams": configured().exams_schema, "schools": configured().schools_schema}
    return schemas.get(pack.name, pack.schema)


def installed(pack: Pack) -> Pack:
    """The pack as this database has it: its tables in the schema that the settings name."""
    return replace(pack, schema=schema_of(pack), written_for=pack.file_schema)


def say(line: str) -> None:
    """Progress, to standard error."""
    print(line, file=sys.stderr, flush=True)
