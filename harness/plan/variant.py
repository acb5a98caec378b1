"""The versions of the service that a run compares, and how they share its requests."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from fractions import Fraction


class Variant(StrEnum):
    """The version in production, the one that wants to replace it, and fresh instances of the former."""

    BASELINE = "baseline"
    CANARY = "canary"
    CONTROL = "control"


Shares = Mapping[Variant, Fraction]
"""Which part of the requests each variant gets; they add up to 1."""


def variants_of(*, has_control: bool) -> tuple[Variant, ...]:
    """Return the variants of a plan with or without a control."""
    return tuple(variant for variant in Variant if has_control or variant is not Variant.CONTROL)


def shares_of(weight: Fraction, variants: Collection[Variant]) -> dict[Variant, Fraction]:
    """Return the share of each variant when the canary has a weight.

    The control gets as much as the canary, from 50 % on what the canary leaves; the baseline gets the rest.
    """
    control = min(weight, 1 - weight) if Variant.CONTROL in variants else Fraction(0)
    shares = {Variant.BASELINE: 1 - weight - control, Variant.CANARY: weight, Variant.CONTROL: control}
    return {variant: shares[variant] for variant in variants}
