"""Greenroom publishes reference data into PostgreSQL: write, audit, publish.

These are the words a pack may use.
"""

from greenroom.model.check import Bounds, Check, Finding
from greenroom.model.dataset import Column, Dataset, Lookup, Reference, Tree
from greenroom.model.landing import LandedTable, Landing
from greenroom.model.pack import Pack
from greenroom.model.source import Source

__all__ = [
    "Bounds",
    "Check",
    "Column",
    "Dataset",
    "Finding",
    "LandedTable",
    "Landing",
    "Lookup",
    "Pack",
    "Reference",
    "Source",
    "Tree",
]
