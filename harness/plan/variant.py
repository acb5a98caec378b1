"""The two versions of the service that a run compares."""

from enum import StrEnum


class Variant(StrEnum):
    """The version in production, and the one that wants to replace it."""

    BASELINE = "baseline"
    CANARY = "canary"
