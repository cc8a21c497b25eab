"""The official schemas of CASE, from the shared data: what they have against a document."""

import json
from datetime import datetime
from urllib.parse import urlsplit

import jsonschema

# The library leaves these two formats unchecked unless further packages are there.
FORMATS = jsonschema.FormatChecker()


@FORMATS.checks("date-time", raises=ValueError)
def is_moment(value):
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@FORMATS.checks("uri", raises=ValueError)
def is_address(value):
    return not isinstance(value, str) or (bool(urlsplit(value).scheme) and " " not in value)


def errors_1_1(shared_data, kind, document):
    """What the OpenAPI definition of CASE 1.1 has against a document of this kind."""
    definition = json.loads(shared_data("case/imscasev1p1_openapi3_v1p0.json").read_text())
    schema = {"$ref": f"#/components/schemas/{kind}", "components": definition["components"]}
    return told(schema, document)


def errors_1_0(shared_data, document):
    """What the strict schema of a CASE 1.0 package has against a document."""
    return told(json.loads(shared_data("case/case-v1p0-cfpackage-schema.json").read_text()), document)


def told(schema, document):
    validator = jsonschema.Draft7Validator(schema, format_checker=FORMATS)
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(document)]
