"""What the server may run: plans named when it was started, and nothing a request could add."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.plan.loader import load_plan

_WORD = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]{0,62})=(?P<plan>[^#]+)(?:#(?P<stage>.+))?")


class OfferError(Exception):
    """A word on the command line that names no plan; the text says what to write."""


@dataclass(frozen=True)
class Offer:
    """A plan, or one stage of it, under the name requests use; `text` is the file as it was at the start."""

    name: str
    plan: Path
    stages: tuple[str, ...]
    text: str


def read_offers(words: Sequence[str]) -> dict[str, Offer]:
    """Read `NAME=PLAN` or `NAME=PLAN#STAGE`; raises OfferError, and PlanError for a plan with mistakes."""
    offers: dict[str, Offer] = {}
    for word in words:
        found = _WORD.fullmatch(word)
        if found is None:
            raise OfferError(f"{word!r} is no offer; write NAME=PLAN or NAME=PLAN#STAGE")
        if found["name"] in offers:
            raise OfferError(f"{found['name']!r} is offered twice; give each offer a name of its own")
        stages = (found["stage"],) if found["stage"] else ()
        path = Path(found["plan"])
        load_plan(path, stages=stages)
        offers[found["name"]] = Offer(found["name"], path, stages, path.read_text(encoding="utf-8"))
    return offers
