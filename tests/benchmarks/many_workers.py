"""What the master pays for each worker: `python -m tests.benchmarks.many_workers --workers 1000`.

A real coordinator gets the windows and statuses of simulated workers as they come off the wire, for some
intervals of a stage with four endpoints. It prints the CPU time per worker and interval, the bytes of a
window, and the memory of the master after each third of the intervals.
"""

import argparse
import sys
import time
from dataclasses import asdict, replace

import msgpack
import numpy as np
import psutil

from harness.load.workers.coordinator import Coordinator
from harness.load.workers.shares import pack_share
from harness.record.histograms.account import Account, new_accounts
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_HUB, LATENESS_SENT, Kind, Tag
from harness.record.histograms.window import ClosedWindow
from harness.record.histograms.wire import add_checksums, checksum

ENDPOINTS = ("GET /health", "GET /tasks", "GET /tasks/[id]", "POST /tasks")
INTERVAL_S, STATUSES, DIFFERENT = 1.0, 10, 8
IDENTITY = {"plan": "bench"}


def drawn_window(rng, requests):
    """Return a window of one worker: log-normal times, a few failures, 26 histograms."""
    accounts = new_accounts()
    histograms = {}
    for variant, share in (("baseline", 0.75), ("canary", 0.25)):
        n = int(requests * share / len(ENDPOINTS))
        accounts[variant] = Account(due=n * len(ENDPOINTS), completed=n * len(ENDPOINTS))
        for endpoint in ENDPOINTS:
            times_us = 20_000 * np.exp(0.5 * rng.standard_normal(n))
            for kind, scale in ((Kind.RESPONSE, 1.0), (Kind.SERVICE, 0.98), (Kind.TTFB, 0.9)):
                histograms[Tag(variant, kind, endpoint)] = Histogram.of_values(times_us * scale)[0]
            histograms[Tag(variant, Kind.FAILED, endpoint)] = Histogram.empty()
    late_us = 60 * np.exp(0.8 * rng.standard_normal(requests))
    histograms[LATENESS_SENT] = Histogram.of_values(late_us)[0]
    histograms[LATENESS_HUB] = Histogram.of_values(late_us[:200])[0]
    return ClosedWindow(0.0, INTERVAL_S, histograms, accounts)


def main():
    """Run the intervals and print the figures."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--workers", type=int, default=1000)
    options.add_argument("--intervals", type=int, default=12)
    options.add_argument("--rate", type=int, default=1000, help="requests a second of each worker")
    chosen = options.parse_args()
    rng = np.random.default_rng(1)
    windows = [drawn_window(rng, int(chosen.rate * INTERVAL_S)) for _ in range(DIFFERENT)]
    coordinator = Coordinator(IDENTITY, lambda *_: None, lambda: now_s, lambda _: None)
    now_s = 0.0
    coordinator.open({})
    for number in range(chosen.workers):
        coordinator.hello({"token": str(number), **IDENTITY}, str(number))
    merged = []
    coordinator.begin(0, 0.0, lambda window: merged.append(window.total.completed))
    sums, memory_mb, costs_ms = [0] * chosen.workers, [], []
    packed = []
    for number in range(chosen.intervals):
        now_s = number * INTERVAL_S
        at = [replace(window, start_s=now_s) for window in windows]
        texts, checks = [pack_share(window) for window in at], [checksum(window) for window in at]
        packed = [
            msgpack.packb({"token": str(w), "epoch": 1, "sequence": number, "window": texts[w % DIFFERENT]})
            for w in range(chosen.workers)
        ]
        sums = [add_checksums(sums[w], checks[w % DIFFERENT]) for w in range(chosen.workers)]
        accounts = {owner: asdict(account) for owner, account in windows[0].accounts.items()}
        status = {"epoch": 1, "accounts": accounts, "backlog": 0, "saturated": 0, "cpu": 0.5}
        status |= {"memory_bytes": 1, "over": False, "windows": number + 1}
        told = [
            msgpack.packb({"token": str(w), **status, "checksum": sums[w]}) for w in range(chosen.workers)
        ]
        began_s = time.process_time()
        for text in packed:
            coordinator.window(msgpack.unpackb(text))
        windows_s = time.process_time() - began_s
        for _ in range(STATUSES):
            for text in told:
                coordinator.status(msgpack.unpackb(text))
            coordinator.poll()
            coordinator.snapshot()
        statuses_s = time.process_time() - began_s - windows_s
        costs_ms.append((windows_s / chosen.workers * 1e3, statuses_s / chosen.workers * 1e3))
        memory_mb.append(psutil.Process().memory_info().rss / 1e6)
    assert merged == [sum(windows[w % DIFFERENT].total.completed for w in range(chosen.workers))] * len(
        costs_ms
    )
    of_windows, of_statuses = np.median(np.array(costs_ms), axis=0)
    thirds = [memory_mb[place] for place in (len(memory_mb) // 3, 2 * len(memory_mb) // 3, -1)]
    sys.stdout.write(
        f"{chosen.workers:,} workers, {len(windows[0].histograms)} histograms, {len(packed[0]):,} bytes a "
        "window: "
        f"{of_windows:.2f} ms of CPU per worker and interval for windows, {of_statuses:.2f} ms for "
        f"{STATUSES} statuses; memory {', '.join(f'{mb:.1f}' for mb in thirds)} MB\n"
    )


if __name__ == "__main__":
    main()
