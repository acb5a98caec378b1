"""Keeps Locust's own statistics from growing with the length of a run.

Locust notes every second of every endpoint for ever, and a row of history every five seconds; a day with
forty endpoints comes to hundreds of megabytes. Its totals and percentiles do not need the old ones.
"""

from __future__ import annotations

from locust.stats import RequestStats

# Locust's own rates look back ten seconds, its charts show the rows of history.
KEPT_S = 300
KEPT_ROWS = 4000


def prune(stats: RequestStats, now_s: float) -> None:
    """Forget per-second counts of long ago and the oldest rows of history; `now_s` is wall-clock time."""
    oldest_s = int(now_s) - KEPT_S
    for entry in (stats.total, *stats.entries.values()):
        for counts in (entry.num_reqs_per_sec, entry.num_fail_per_sec):
            for second in [second for second in counts if second < oldest_s]:
                del counts[second]
    del stats.history[:-KEPT_ROWS]
