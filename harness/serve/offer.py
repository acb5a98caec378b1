"""What the server may run: only the plans named on its command line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.plan.loader import load_plan
from harness.plan.overrides.values import Overrides

_WORD = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]{0,62})=(?P<plan>[^#]+)(?:#(?P<stage>.+))?")


class OfferError(Exception):
    """An argument that names no plan; the text says what to write."""


@dataclass(frozen=True)
class Offer:
    """A plan or one stage of it, under the name that requests use; `text` is the file at the start."""

    name: str
    plan: Path
    stages: tuple[str, ...]
    text: str


def read_offers(words: Sequence[str], overrides: Overrides | None = None) -> dict[str, Offer]:
    """Read `NAME=PLAN` or `NAME=PLAN#STAGE`; raises OfferError, and PlanError for a faulty plan.

    `overrides` hold for every plan.
    """
    offers: dict[str, Offer] = {}
    for word in words:
        found = _WORD.fullmatch(word)
        if found is None:
            raise OfferError(f"{word!r} names no plan; write NAME=PLAN or NAME=PLAN#STAGE")
        if found["name"] in offers:
            raise OfferError(f"the name {found['name']!r} is used twice; give each plan a name of its own")
        stages = (found["stage"],) if found["stage"] else ()
        path = Path(found["plan"])
        load_plan(path, stages=stages, overrides=overrides)
        offers[found["name"]] = Offer(found["name"], path, stages, path.read_text(encoding="utf-8"))
    return offers
