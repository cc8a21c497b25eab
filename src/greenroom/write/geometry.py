"""GeoJSON geometries become hex EWKB as PostGIS prints it: little-endian, SRID 4326, always Multi, two dimensions."""

import json
import math
import struct
from collections.abc import Iterator, Sequence
from typing import Any

_WITH_SRID = 0x20000000
_WGS84 = 4326
_LINE, _POLYGON, _MULTI_LINE, _MULTI_POLYGON = 2, 3, 5, 6
_NAMES = {"LineString": _LINE, "Polygon": _POLYGON, "MultiLineString": _MULTI_LINE, "MultiPolygon": _MULTI_POLYGON}

# What stands in the place of a geometry that cannot be used; no hex begins so, and the seal quarantines it.
INVALID = "invalid: "


class _NotAGeometryError(ValueError):
    """Said with the reason a person reads in quarantine."""


def is_geometry(value: object) -> bool:
    """Whether a JSON value is a geometry, bare or in a Feature."""
    return isinstance(value, dict) and (
        (value.get("type") == "Feature" and "geometry" in value)
        or (isinstance(value.get("type"), str) and ("coordinates" in value or "geometries" in value))
    )


def ewkb(value: object) -> str | None:
    """Hex EWKB of a GeoJSON geometry or Feature; what cannot be used becomes its reason, behind INVALID.

    Polygons and lines become their Multi form; heights are dropped; null stays null.
    """
    if isinstance(value, dict) and value.get("type") == "Feature":
        value = value.get("geometry")
    if value is None:
        return None
    try:
        return _hex(value)
    except _NotAGeometryError as error:
        return f"{INVALID}{error}"


def cell(text: str) -> str:
    """A cell of a file: GeoJSON is turned into hex EWKB, anything else (hex EWKB, empty) is left as it is."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        return ewkb(json.loads(text)) or ""
    except ValueError:
        return f"{INVALID}not JSON"


def _hex(value: object) -> str:
    if not isinstance(value, dict):
        raise _NotAGeometryError("not a geometry")
    name, parts = value.get("type"), value.get("coordinates")
    kind = _NAMES.get(str(name))
    if kind is None:
        raise _NotAGeometryError(f"{name} is not a line or polygon")
    if not isinstance(parts, list) or not parts:
        raise _NotAGeometryError(f"empty {name}")
    if kind in (_LINE, _POLYGON):
        parts, kind = [parts], kind + 3
    single = _polygon if kind == _MULTI_POLYGON else _line
    members = [single(part) for part in parts]
    head = struct.pack("<BIII", 1, kind | _WITH_SRID, _WGS84, len(members))
    return (head + b"".join(members)).hex().upper()


def _line(positions: object) -> bytes:
    points = list(_points(positions))
    if len(points) < 2:
        raise _NotAGeometryError("a line of fewer than two points")
    return struct.pack("<BI", 1, _LINE) + _run(points)


def _polygon(rings: object) -> bytes:
    if not isinstance(rings, list) or not rings:
        raise _NotAGeometryError("empty Polygon")
    packed = []
    for ring in rings:
        points = list(_points(ring))
        if len(points) < 4:
            raise _NotAGeometryError("a ring of fewer than four points")
        if points[0] != points[-1]:
            raise _NotAGeometryError("a ring that is not closed")
        packed.append(_run(points))
    return struct.pack("<BII", 1, _POLYGON, len(packed)) + b"".join(packed)


def _run(points: Sequence[tuple[float, float]]) -> bytes:
    flat = [number for point in points for number in point]
    return struct.pack(f"<I{len(flat)}d", len(points), *flat)


def _points(positions: object) -> Iterator[tuple[float, float]]:
    if not isinstance(positions, list):
        raise _NotAGeometryError("coordinates that are no list")
    for position in positions:
        yield _point(position)


def _point(position: Any) -> tuple[float, float]:
    try:
        longitude, latitude = float(position[0]), float(position[1])
    except (TypeError, ValueError, IndexError, KeyError):
        raise _NotAGeometryError("a position that is not two numbers") from None
    if not (math.isfinite(longitude) and math.isfinite(latitude)):
        raise _NotAGeometryError("a coordinate that is not a finite number")
    if abs(longitude) > 180 or abs(latitude) > 90:
        raise _NotAGeometryError(f"{longitude:g}, {latitude:g} is not on Earth: longitude first, in degrees")
    return longitude, latitude
