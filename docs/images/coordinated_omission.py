"""Draws docs/images/coordinated-omission.svg: the same stall, measured from the send and from the due time.

python docs/images/coordinated_omission.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE_PER_S = 100
LASTS_S = 20.0
SERVICE_S = 0.004
STALL_FROM_S, STALL_TO_S = 8.0, 10.0
PICTURE = Path(__file__).with_name("coordinated-omission.svg")

Times = NDArray[np.float64]


def stall() -> tuple[Times, Times, Times]:
    """Return due times, times from the send and times from the due time, in seconds.

    One client waits for each answer before it sends the next request; what is late is sent as soon as can be.
    The server takes 4 ms for a request and freezes once, for two seconds.
    """
    due = np.arange(int(RATE_PER_S * LASTS_S)) / RATE_PER_S
    from_send, from_due = np.empty_like(due), np.empty_like(due)
    free = 0.0
    for number, moment in enumerate(due):
        sent = max(moment, free)
        begun = STALL_TO_S if STALL_FROM_S <= sent < STALL_TO_S else sent
        free = begun + SERVICE_S
        from_send[number], from_due[number] = free - sent, free - moment
    return due, from_send, from_due


def quantile_ms(times_s: Times, share: float) -> float:
    """Return the smallest time that this share of requests did not exceed, in milliseconds."""
    rank = int(np.ceil(share * len(times_s))) - 1
    return float(np.sort(times_s)[rank] * 1000)


def draw(path: Path) -> None:
    """Write the picture; the same bytes every time."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "canary-harness", "font.size": 9, "axes.spines.top": False})
    mpl.rcParams.update({"axes.spines.right": False, "svg.fonttype": "none"})
    from matplotlib import pyplot as plt

    due, from_send, from_due = stall()
    figure, (over_time, spectrum) = plt.subplots(1, 2, figsize=(9, 3.2), width_ratios=(3, 2))
    over_time.axvspan(STALL_FROM_S, STALL_TO_S, color="#eaedf0", label="the server is frozen")
    for times, colour, style, label in (
        (from_due, "#b04a04", "-", "response time: from due"),
        (from_send, "#1466a8", "--", "service time: from send"),
    ):
        over_time.plot(due, times * 1000, style, color=colour, label=label, linewidth=1.4)
        shares = [0.5, 0.9, 0.95, 0.99, 0.999]
        spectrum.plot([f"p{share * 100:g}" for share in shares], [quantile_ms(times, s) for s in shares],
                      style, color=colour, marker="o", markersize=4)  # fmt: skip
    over_time.set(xlabel="the request was due at, s", ylabel="ms", title="Every request")
    over_time.legend(frameon=False, loc="upper right")
    spectrum.set(ylabel="ms", title="What is reported", yscale="log")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)


if __name__ == "__main__":
    draw(PICTURE)
