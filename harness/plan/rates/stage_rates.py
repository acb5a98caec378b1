"""The arrival rates of one stage: those of each variant over time, and when all of them stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from harness.plan.rates.rate_curve import RateCurve, Segment, added, exact_per_s, exact_s
from harness.plan.rates.shape import Shape, last_per_s, segments_of
from harness.plan.variant import Variant

Rates = Mapping[Variant, Fraction]
"""Arrivals per second of each variant."""


@dataclass(frozen=True)
class StageRates:
    """The curves of all variants, whose segments begin at the same moments."""

    by_variant: Mapping[Variant, RateCurve]
    climb_s: Fraction = Fraction(0)
    """How long at the start each variant climbs by itself, so that the shares change."""

    @cached_property
    def total(self) -> RateCurve:
        """The rate of all variants together."""
        return added(self.by_variant.values())

    @property
    def is_level(self) -> bool:
        """Whether nothing changes."""
        return all(curve.is_level for curve in self.by_variant.values())

    @cached_property
    def plateaus(self) -> tuple[tuple[float, float], ...]:
        """From when to when no rate changes and something arrives, in seconds."""
        return tuple((float(start), float(end)) for start, end, _ in self._plateaus())

    def _plateaus(self) -> Iterator[tuple[Fraction, Fraction, tuple[Segment, ...]]]:
        held: tuple[Fraction, Fraction, tuple[Segment, ...]] | None = None
        curves = [curve.segments for curve in self.by_variant.values()]
        for number, segments in enumerate(zip(*curves, strict=True)):
            start, end = self.total.starts_s[number : number + 2]
            is_plateau = all(each.is_level for each in segments) and any(each.to_per_s for each in segments)
            if held and is_plateau and _rates(held[2]) == _rates(segments):
                held = (held[0], end, segments)
                continue
            if held:
                yield held
            held = (start, end, segments) if is_plateau else None
        if held:
            yield held

    def then(self, later: StageRates) -> StageRates:
        """Return these rates and others after them."""
        curves = {
            variant: curve.then(later.by_variant[variant]) for variant, curve in self.by_variant.items()
        }
        return StageRates(curves, self.climb_s)


def _rates(segments: tuple[Segment, ...]) -> list[Fraction]:
    return [each.to_per_s for each in segments]


def last_rates(rate: float | Shape, shares: Rates) -> dict[Variant, Fraction]:
    """Return what each variant gets at the end of a stage."""
    return {variant: share * exact_per_s(last_per_s(rate)) for variant, share in shares.items()}


def rates_of(
    rate: float | Shape,
    shares: Rates,
    duration_s: float,
    *,
    before: Rates,
    ramp_s: float = 0.0,
    is_routed: bool = False,
) -> StageRates:
    """Return the rates of a stage that begins with a ramp or with the first of its pieces.

    Both start from the rates `before`. In a ramp each variant climbs from its own rate; a router has the
    stage's weight from the start, so that behind one only the sum climbs.
    """
    before_per_s = sum(before.values(), Fraction(0))
    if not ramp_s:
        segments = tuple(segments_of(rate, before_per_s, duration_s))
        return StageRates({variant: _share_of(segments, share) for variant, share in shares.items()})
    climb_s, goals = exact_s(ramp_s), last_rates(rate, shares)
    starts = {v: share * before_per_s if is_routed else before[v] for v, share in shares.items()}
    curves = {
        v: RateCurve((Segment(climb_s, starts[v], to), Segment(exact_s(duration_s) - climb_s, to, to)))
        for v, to in goals.items()
    }
    # Where each starts from its own share of the sum, the shares stay as they are.
    keeps_shares = all(
        start == share * before_per_s for start, share in zip(starts.values(), shares.values(), strict=True)
    )
    return StageRates(curves, Fraction(0) if keeps_shares else climb_s)


def level_rates(per_s: float, duration_s: float, shares: Rates) -> StageRates:
    """Return rates that stay all along."""
    return rates_of(per_s, shares, duration_s, before={})


def _share_of(segments: tuple[Segment, ...], share: Fraction) -> RateCurve:
    return RateCurve(tuple(Segment(lasts, share * start, share * to) for lasts, start, to in segments))
