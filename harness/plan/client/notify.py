"""Whom a run tells what: receivers elsewhere, such as a chat channel or a webhook."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, Field, SecretStr

from harness.plan.client.secrets import SecretText
from harness.plan.yaml.part import Part
from harness.plan.yaml.variables import REDACTED

_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://.+")


class News(StrEnum):
    """What may be worth telling about a run."""

    STARTED = "started"
    WAITING = "waiting"
    HELD = "held"
    ROLLED_BACK = "rolled back"
    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"


def _address(text: SecretStr) -> SecretStr:
    address = text.get_secret_value()
    if address != REDACTED and not _ADDRESS.fullmatch(address):
        raise ValueError(
            "the value is not an address; write for example json://host/path or a chat's webhook"
        )
    return text


class Receiver(Part):
    """One who is told; by default what asks for a person, and no pass."""

    to: Annotated[SecretText, AfterValidator(_address)] = Field(
        description="address as apprise writes it, such as a webhook's; secret", examples=['"${SLACK_URL}"']
    )
    on: Annotated[tuple[News, ...], Field(min_length=1, max_length=len(News))] = Field(
        default=(News.WAITING, News.HELD, News.ROLLED_BACK, News.FAILED, News.UNDECIDED),
        description="what is told",
        examples=["[failed, rolled back, waiting, passed]"],
    )
