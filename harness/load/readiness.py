"""Whether the users of a process are ready for their first arrival."""

from __future__ import annotations

from typing import Final, NamedTuple


class Readiness(NamedTuple):
    """`problem` names a user that will never be ready, and why."""

    is_ready: bool
    problem: str | None = None


READY: Final = Readiness(is_ready=True)
