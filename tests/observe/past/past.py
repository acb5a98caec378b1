"""Logs of the past for tests."""

import random

from tests.observe.access_log.logs import nginx_line

BASELINE, CANARY = "10.0.0.5:8080", "10.0.0.7:8080"


def past_log(began_s, parts, rate_per_s=30, seed=1):
    """Return nginx's lines of parts in turn: seconds, the canary's weight, how much slower it is."""
    draw, lines = random.Random(seed), []
    for length_s, weight, slower in parts:
        for number in range(round(length_s * rate_per_s)):
            is_canary = draw.random() < weight
            took_s = draw.uniform(0.01, 0.02) * (slower if is_canary else 1.0)
            ended_s = began_s + (number + draw.random()) / rate_per_s
            lines.append(nginx_line(ended_s, CANARY if is_canary else BASELINE, took_s=took_s))
        began_s += length_s
    return b"".join(lines)
