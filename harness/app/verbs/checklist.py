"""Checklists before and after a release, and the people who sign them."""

from __future__ import annotations

from dataclasses import dataclass

from harness.record.events.run import Signed
from harness.record.run_directory import RunDirectory
from harness.rollout.event_log import EventLog

_MAX_NAME_LENGTH = 100


class SignatureError(Exception):
    """A signature that cannot be used; the text says what to write."""


@dataclass(frozen=True)
class ChecklistItem:
    """One line of a list: met or not, and why."""

    what: str
    met: bool | None
    """None where nobody could check it."""
    reason: str


def checked_name(name: str) -> str:
    """Return the name of a person; raises SignatureError."""
    name = name.strip()
    if not name or len(name) > _MAX_NAME_LENGTH or not name.isprintable():
        raise SignatureError(f"a signature needs a name of 1 to {_MAX_NAME_LENGTH} printable characters")
    return name


def sign(run: RunDirectory, what: str, name: str) -> None:
    """Write down in a run that a person signs for something."""
    log = EventLog.resume(run)
    log(Signed(t_s=log.now_s(), what=what, name=checked_name(name)))
