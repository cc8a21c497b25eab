"""Greenroom publishes reference data into PostgreSQL: write, audit, publish.

These are the words a pack may use.
"""

from greenroom.model.check import Bounds, Check, Finding
from greenroom.model.column import Column
from greenroom.model.dataset import Dataset, Lookup, Reference, Tree
from greenroom.model.form import Form, Place
from greenroom.model.landing import LandedTable, Landing, Manners, Part
from greenroom.model.pack import Pack
from greenroom.model.request import Request
from greenroom.model.source import Proved, Source

__all__ = [
    "Bounds",
    "Check",
    "Column",
    "Dataset",
    "Finding",
    "Form",
    "LandedTable",
    "Landing",
    "Lookup",
    "Manners",
    "Pack",
    "Part",
    "Place",
    "Proved",
    "Reference",
    "Request",
    "Source",
    "Tree",
]
