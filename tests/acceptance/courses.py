"""What disturbs real services although the canary is good: a course of both variants, second by second.

Each is drawn anew for every stage. The second half of the table was written after the judge, to try it on
what it had not been made for.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Floats = np.ndarray
Rng = np.random.Generator


@dataclass(frozen=True)
class Course:
    """How far ln latency is above its usual level in each second, (S,), and the errors added, (S,)."""

    shift: Floats
    error_rate: Floats


Both = tuple[Floats, Floats]
"""Shifts of the baseline and the canary."""


def wandering(rng: Rng, seconds: int, sd: float, memory_s: float) -> Floats:
    """A stationary AR(1) series with this memory."""
    from scipy.signal import lfilter  # it takes a second to load, of every worker's collection

    phi = math.exp(-1 / memory_s)
    shocks = rng.standard_normal(seconds) * sd * math.sqrt(1 - phi**2)
    shocks[0] = rng.standard_normal() * sd
    return lfilter([1.0], [1.0, -phi], shocks)


def phases(rng: Rng, seconds: int, factor: float, mean_s: float, share: float) -> Floats:
    """Slow phases of exponential length that take this share of the time."""
    shift, at_s = np.zeros(seconds), rng.exponential(mean_s / share)
    while at_s < seconds:
        lasts_s = rng.exponential(mean_s)
        shift[int(at_s) : int(at_s + lasts_s) + 1] = math.log(factor)
        at_s += lasts_s + rng.exponential(mean_s * (1 / share - 1))
    return shift


def pulses(seconds: int, factor: float, lasts_s: float, every_s: float, from_s: float) -> Floats:
    """A periodic job."""
    since_s = (np.arange(seconds) - from_s) % every_s
    return np.where(since_s < lasts_s, math.log(factor), 0.0)


def common(shift: Floats) -> Both:
    return shift, shift


def _ramp(rng: Rng, seconds: int) -> Both:
    return common(np.linspace(0, math.log(1.4), seconds))


def _cron_aligned(rng: Rng, seconds: int) -> Both:
    return common(pulses(seconds, 5, 4, 40, rng.uniform(0, 40)))


def _cron_apart(rng: Rng, seconds: int) -> Both:
    return tuple(pulses(seconds, 6, 4, 45, rng.uniform(0, 45)) for _ in range(2))


def _collections_apart(rng: Rng, seconds: int) -> Both:
    return tuple(pulses(seconds, 4, 2, 25, rng.uniform(0, 25)) for _ in range(2))


def _slow_phases_of_20_s(rng: Rng, seconds: int) -> Both:
    return phases(rng, seconds, 3, 20, 0.02), phases(rng, seconds, 3, 20, 0.1)


def _level_shifts_of_60_s(rng: Rng, seconds: int) -> Both:
    return tuple(phases(rng, seconds, 1.5, 60, 0.3) for _ in range(2))


def _own_wandering(rng: Rng, seconds: int) -> Both:
    return tuple(wandering(rng, seconds, 0.10, 300) for _ in range(2))


def _shared_wandering(rng: Rng, seconds: int) -> Both:
    return common(wandering(rng, seconds, 0.15, 300))


def _two_bursts_each(rng: Rng, seconds: int) -> Both:
    def one() -> Floats:
        shift = np.zeros(seconds)
        for at_s in rng.integers(0, seconds - 45, size=2):
            shift[at_s : at_s + 45] = math.log(4)
        return shift

    return one(), one()


# From here on: kinds that the judge was not made for.
def _step_of_both(rng: Rng, seconds: int) -> Both:
    return common(np.where(np.arange(seconds) >= rng.integers(seconds), math.log(1.5), 0.0))


def _saw_teeth(rng: Rng, seconds: int) -> Both:
    return tuple(math.log(1.6) * (((np.arange(seconds) + rng.uniform(0, 90)) % 90) / 90) for _ in range(2))


def _slow_recovery(rng: Rng, seconds: int) -> Both:
    """One jump of the canary's pod that decays: a cache that has to be filled again, within a minute."""
    since_s = np.arange(seconds) - rng.uniform(0, seconds)
    return np.zeros(seconds), np.where(since_s >= 0, math.log(6) * np.exp(-np.maximum(since_s, 0) / 15), 0.0)


def _cold_start_of_both(rng: Rng, seconds: int) -> Both:
    return common(math.log(2) * np.exp(-np.arange(seconds) / 120))


def _heavy_tailed_pauses(rng: Rng, seconds: int) -> Both:
    def one() -> Floats:
        shift = np.zeros(seconds)
        for at_s in np.flatnonzero(rng.random(seconds) < 1 / 120):
            lasts_s = min(1 + rng.pareto(1.5), 40)
            shift[at_s : at_s + int(lasts_s)] = math.log(3)
        return shift

    return one(), one()


def _backup_of_three_minutes(rng: Rng, seconds: int) -> Both:
    at_s = rng.integers(0, seconds - 180)
    return common(np.where((np.arange(seconds) >= at_s) & (np.arange(seconds) < at_s + 180), math.log(2), 0))


def _slow_waves(rng: Rng, seconds: int) -> Both:
    second = np.arange(seconds)
    return tuple(0.1 * np.sin(2 * math.pi * (second / 200 + rng.random())) for _ in range(2))


def _long_memory(rng: Rng, seconds: int) -> Both:
    """A sum of wanderings at every scale, as of queues behind queues."""
    return tuple(
        sum(wandering(rng, seconds, 0.05, memory_s) for memory_s in (3, 10, 30, 100, 300)) for _ in range(2)
    )


def _every_minute_a_herd(rng: Rng, seconds: int) -> Both:
    return common(pulses(seconds, 10, 1, 60, rng.uniform(0, 60)))


def _flapping_neighbour(rng: Rng, seconds: int) -> Both:
    """A shared neighbour that hits both, and the canary's pod a few seconds later."""
    shift = phases(rng, seconds, 2.5, 8, 0.1)
    return shift, np.roll(shift, 6)


def _variants_take_turns(rng: Rng, seconds: int) -> Both:
    """Two nodes of which one is slower; every ten minutes the scheduler swaps them."""
    slow = ((np.arange(seconds) + rng.uniform(0, 120)) // 60) % 2 * math.log(1.3)
    return slow, math.log(1.3) - slow


def _growing_scatter(rng: Rng, seconds: int) -> Both:
    width = np.linspace(0.02, 0.3, seconds)
    return tuple(width * rng.standard_normal(seconds) for _ in range(2))


SHIFTS: dict[str, Callable[[Rng, int], Both]] = {
    "a common ramp of +40 %": _ramp,
    "a cron job × 5 every 40 s, at once": _cron_aligned,
    "a cron job × 6 every 45 s, each at its time": _cron_apart,
    "pauses × 4 every 25 s, each at its time": _collections_apart,
    "own phases × 3 of 20 s": _slow_phases_of_20_s,
    "own levels × 1.5 of 60 s": _level_shifts_of_60_s,
    "own wandering, 5 min, 10 %": _own_wandering,
    "common wandering, 5 min, 15 %": _shared_wandering,
    "two bursts × 4 of 45 s, each its own": _two_bursts_each,
}
UNSEEN: dict[str, Callable[[Rng, int], Both]] = {
    "a common step × 1.5": _step_of_both,
    "saw teeth to × 1.6 every 90 s": _saw_teeth,
    "one jump × 6 of the canary that decays in 15 s": _slow_recovery,
    "a common cold start × 2": _cold_start_of_both,
    "pauses × 3 of heavy-tailed length": _heavy_tailed_pauses,
    "a common backup × 2 for 3 min": _backup_of_three_minutes,
    "own waves of 10 % every 200 s": _slow_waves,
    "wandering at every scale": _long_memory,
    "a common herd × 10 every minute": _every_minute_a_herd,
    "a neighbour × 2.5 that reaches the canary 6 s later": _flapping_neighbour,
    "one slower node, swapped every minute": _variants_take_turns,
    "scatter that grows": _growing_scatter,
}


def _markov(rng: Rng, seconds: int, rate: float, mean_s: float, duty: float) -> Floats:
    return np.where(phases(rng, seconds, math.e, mean_s, duty) > 0, rate / duty, 0.0)


def _one_burst(rng: Rng, seconds: int, rate: float, lasts_s: int) -> Floats:
    at_s = rng.integers(0, seconds - lasts_s)
    errors = np.zeros(seconds)
    errors[at_s : at_s + lasts_s] = rate * seconds / lasts_s
    return errors


ERRORS: dict[str, Callable[[Rng, int], Floats]] = {
    "0.05 % of errors in one burst of 60 s": lambda rng, seconds: _one_burst(rng, seconds, 0.0005, 60),
    "0.09 % of errors in one burst of 8 s": lambda rng, seconds: _one_burst(rng, seconds, 0.0009, 8),
    "0.05 % of errors in episodes of 30 s": lambda rng, seconds: _markov(rng, seconds, 0.0005, 30, 0.1),
    "0.05 % of errors in episodes of 90 s": lambda rng, seconds: _markov(rng, seconds, 0.0005, 90, 0.1),
}


DAY_INCIDENTS = 10
A_DAY = "a day: swing of 30 %, ten incidents of 1 to 10 min"


def _day(rng: Rng, steps: int) -> Both:
    """A day in steps of a minute."""
    minute = np.arange(steps)
    shift = math.log(1.3) * np.sin(2 * math.pi * minute / 1440)
    for _ in range(DAY_INCIDENTS):
        lasts, at = rng.integers(1, 11), rng.integers(0, steps)
        shift[at : at + lasts] += math.log(rng.uniform(2, 8))
    return common(shift)


def courses(name: str, rng: Rng, seconds: int) -> tuple[Course, Course]:
    """Draw one: the baseline's course and the canary's."""
    nothing = np.zeros(seconds)
    if name in ERRORS:
        return Course(nothing, nothing), Course(nothing, ERRORS[name](rng, seconds))
    draw = _day if name == A_DAY else (SHIFTS | UNSEEN)[name]
    baseline, canary = draw(rng, seconds)
    return Course(baseline, nothing), Course(canary, nothing)
