"""The lengths of a rehearsal: all divided by one number, but never too short to measure.

At a small time scale every length is simply divided. At a large one short stages would end before they have
seen enough requests to decide anything, so they keep a minimum length and the longest stages give up time:
the whole rehearsal still takes the plan's time divided by the time scale.
"""

from collections.abc import Sequence

MIN_STAGE_S = 15.0
MIN_INTERVAL_S = 0.1
# Half a second in a stage of minimum length: longer stages need no finer intervals, and every window costs
# the generator time and leaves a trigger fewer requests to compute a rate from.
MIN_SHORT_INTERVALS = 30
MAX_SHORT_INTERVAL_S = 0.5
MAX_SHORT_INTERVALS = 500
MIN_PROBE_INTERVAL_S = 0.5
MIN_WARMUP_S = 1.0


def stage_lengths_s(planned_s: Sequence[float], time_scale: float) -> list[float]:
    """Divide the stages' lengths; with a time scale above 1 a short stage keeps the minimum length."""
    exact = [length_s / time_scale for length_s in planned_s]
    total_s, mean_s = sum(exact), sum(exact) / len(exact)
    least = [min(length_s, MIN_STAGE_S, mean_s) for length_s in planned_s]
    short: set[int] = set()
    lengths = exact
    while too_short := {i for i, length_s in enumerate(lengths) if i not in short and length_s < least[i]}:
        short |= too_short
        left_s = total_s - sum(least[i] for i in short)
        long_s = sum(length_s for i, length_s in enumerate(planned_s) if i not in short)
        share = left_s / long_s if long_s else 0.0
        lengths = [
            least[i] if i in short else round(length_s * share, 9) for i, length_s in enumerate(planned_s)
        ]
    return lengths


def shorter(planned_s: float, time_scale: float, min_s: float) -> float:
    """Divide a length; it becomes no shorter than `min_s`, unless it was planned shorter."""
    return max(planned_s / time_scale, min(planned_s, min_s))


def interval_s(planned_s: float, stage_s: float, time_scale: float) -> float:
    """Divide an interval; where it becomes short, a stage gets as few as its judgement needs."""
    enough_s = min(round(stage_s / MIN_SHORT_INTERVALS, 2), MAX_SHORT_INTERVAL_S)
    soon_judged_s = round(stage_s / MAX_SHORT_INTERVALS, 2)
    return shorter(planned_s, time_scale, max(MIN_INTERVAL_S, enough_s, soon_judged_s))


def whole(length_s: float, piece_s: float) -> float:
    """Round a length down to whole pieces, at least one; one that is whole already stays as it is."""
    pieces = length_s / piece_s
    if abs(pieces - round(pieces)) <= 1e-9 * pieces and round(pieces) >= 1:
        return length_s
    # Nine decimals: a sum of tenths is not shown with a tail of nines.
    return round(max(1, int(pieces)) * piece_s, 9)
