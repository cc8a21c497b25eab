"""The slice that is locked, decided and released together, and the units named inside it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """`keys` are the scope columns' values, for example ("WJEC", "A-Level") or ("ips_lycees",)."""

    pack: str
    keys: tuple[str, ...]

    @property
    def name(self) -> str:
        return " ".join(self.keys)


@dataclass(frozen=True, slots=True)
class Target:
    """One scope, narrowed to the units whose first key part is `only` when that is given."""

    scope: Scope
    only: str | None = None
