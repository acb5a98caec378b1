"""Whether something is far more frequent on one variant than on the other, and not by chance."""

from __future__ import annotations

from harness.judge.stats.special import betainc

_TIMES = 2.0
_BY_CHANCE = 0.001


def are_apart(here: tuple[int, int], there: tuple[int, int], *, by: float, tries: int = 1) -> bool:
    """Whether the share of a first count is far above that of a second; each is (of these, of all).

    Far is more than twice as large and by `by` more. A fair draw of all of these would give the first so many
    once in 1,000, or in `tries` such questions together (the tail of a binomial distribution, by the
    incomplete beta function: Abramowitz and Stegun 26.5.24). False where there is nothing to compare.
    """
    (few, many), (fewer, others) = here, there
    if not few or not many or not others:
        return False
    if few / many < _TIMES * fewer / others + by:
        return False
    fair = many / (many + others)
    return float(betainc(few, fewer + 1, fair)) <= _BY_CHANCE / tries
