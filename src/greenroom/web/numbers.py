"""Numbers in addresses: as large as the database's own, so that a larger one is a 422 and no error of the database."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

# Of a scope.
ScopeId = Annotated[int, Path(ge=1, le=2**31 - 1)]
# Of a release, a batch, a finding and whatever else is counted without end.
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
