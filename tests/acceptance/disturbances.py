"""Ten kinds of trouble that hit a good canary or both variants, at random times: none may fail the stage."""

from dataclasses import dataclass

import numpy as np

from harness.judge.stage import judge_stage
from tests.acceptance.cases import PROMISES
from tests.acceptance.pods import Episode, Side, plan_of, stage_evidence
from tests.acceptance.trial import Result

LASTS_S = 900.0
MINUTES = int(LASTS_S / 60)
Episodes = tuple[Episode, ...]
BothOf = tuple[Episodes, Episodes]
"""The baseline's and the canary's."""


def cache_flush(rng: np.random.Generator) -> BothOf:
    """Both variants twice as slow at once, and better again within three minutes."""
    begins_s = _when(rng, 180.0)
    decay = tuple(
        Episode(begins_s + 10.0 * step, begins_s + 10.0 * (step + 1), scale=round(1 + 0.5 ** (step / 5), 2))
        for step in range(18)
    )
    return decay, decay


def scaled_out(rng: np.random.Generator) -> BothOf:
    """Both variants slower until more instances run."""
    early = (Episode(0.0, _when(rng, 300.0) + 60.0, scale=1.6),)
    return early, early


def swing(rng: np.random.Generator) -> BothOf:
    """Both variants faster and slower by 30 % every seven minutes."""
    phase = rng.random() * 420.0
    waves = tuple(
        Episode(at_s, at_s + 10.0, scale=round(1 + 0.3 * np.sin(2 * np.pi * (at_s + phase) / 420.0), 2))
        for at_s in np.arange(0.0, LASTS_S, 10.0).tolist()
    )
    return waves, waves


def sawtooth(rng: np.random.Generator) -> BothOf:
    """Heaps that fill for three minutes and are emptied, each variant at its own time."""
    return _teeth(rng.random() * 180.0), _teeth(rng.random() * 180.0)


def retry_storm(rng: np.random.Generator) -> BothOf:
    """Both variants slow and failing while clients try again."""
    begins_s = _when(rng, 120.0)
    storm = (Episode(begins_s, begins_s + 120.0, scale=2.0, error_rate=0.03),)
    return storm, storm


def failover(rng: np.random.Generator) -> BothOf:
    """A database fails over: nothing works for either variant, then everything is slow for a while."""
    begins_s = _when(rng, 90.0)
    outage = (
        Episode(begins_s, begins_s + 20.0, error_rate=0.9),
        Episode(begins_s + 20.0, begins_s + 90.0, scale=1.8),
    )
    return outage, outage


def log_rotation(rng: np.random.Generator) -> BothOf:
    """Stalls of two seconds every five minutes, each variant at its own time."""
    sides = [rng.random() * 290.0 for _ in range(2)]
    stalls = [
        tuple(Episode(at_s + 300.0 * turn, at_s + 300.0 * turn + 2.0, scale=20.0) for turn in range(3))
        for at_s in sides
    ]
    return stalls[0], stalls[1]


def noisy_neighbour(rng: np.random.Generator) -> BothOf:
    """A neighbour that takes the canary's processor for fifty seconds."""
    begins_s = _when(rng, 50.0)
    return (), (Episode(begins_s, begins_s + 50.0, scale=3.0),)


def slow_start(rng: np.random.Generator) -> BothOf:
    """A canary whose caches are cold for up to fifty seconds."""
    return (), (Episode(0.0, 20.0 + 30.0 * rng.random(), scale=2.5),)


def bad_gateway(rng: np.random.Generator) -> BothOf:
    """A proxy that answers half a minute of the canary's requests with errors, less than the limit in all."""
    begins_s = _when(rng, 30.0)
    return (), (Episode(begins_s, begins_s + 30.0, error_rate=0.015),)


KINDS = {
    kind.__name__.replace("_", " "): kind
    for kind in (
        *(cache_flush, scaled_out, swing, sawtooth, retry_storm),
        *(failover, log_rotation, noisy_neighbour, slow_start, bad_gateway),
    )
}


def sides(kind: str, seed: int, baseline: Side, canary: Side) -> tuple[Side, Side]:
    """Both variants in this trouble, at a time that the seed decides."""
    rng = np.random.default_rng([int.from_bytes(kind.encode()[:6], "big"), seed])
    of_baseline, of_canary = KINDS[kind](rng)
    return (
        Side(baseline.pods, baseline.per_s, episodes=of_baseline),
        Side(canary.pods, canary.per_s, episodes=of_canary),
    )


def _when(rng: np.random.Generator, lasts_s: float) -> float:
    """A begin of whole intervals, so that all of it is inside the stage."""
    return 10.0 * int(rng.integers(0, (LASTS_S - lasts_s) // 10))


def _teeth(phase_s: float) -> Episodes:
    return tuple(
        Episode(at_s, at_s + 10.0, scale=round(1 + 0.4 * ((at_s + phase_s) % 180.0) / 180.0, 2))
        for at_s in np.arange(0.0, LASTS_S, 10.0).tolist()
    )


@dataclass(frozen=True)
class Disturbed:
    """A good canary in one kind of trouble."""

    kind: str
    seed: int = 0


def run_disturbed(trial: Disturbed) -> Result:
    """Simulate and judge at the end."""
    baseline, canary = sides(trial.kind, trial.seed, Side(8, 1900.0), Side(1, 100.0))
    plan = plan_of(list(PROMISES), minutes=MINUTES, per_s=2000, weight="5%")
    verdict = judge_stage(plan, stage_evidence(plan, "S1", baseline, canary, (11, trial.seed)))
    return Result(str(verdict.outcome), str(verdict.findings[0].outcome))
