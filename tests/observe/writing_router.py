"""A router that writes a log of answers nobody asked for, at a steady rate."""

import itertools
import random
import threading
import time
from contextlib import contextmanager

from tests.observe.access_log.logs import nginx_line

BASELINE, CANARY = "10.0.0.5:8080", "10.0.0.7:8080"


class WritingRouter:
    """Appends lines to a log, as many a second as `rate_per_s`; a share of `weight` is the canary's.

    `slower` is how many times as long the canary takes, `ahead_s` how far its clock is ahead of ours.
    Once the file `rolled_back` exists, all requests are the baseline's.
    """

    def __init__(self, path, weight=0.5, slower=1.0, rate_per_s=400, ahead_s=0.0, rolled_back=None):
        self.path, self.weight, self.slower, self.rate_per_s = path, weight, slower, rate_per_s
        self.ahead_s, self.rolled_back = ahead_s, rolled_back
        self.written = []
        """When each request ended, and who answered it."""
        self._stopped = threading.Event()
        self._random = random.Random(1)

    @contextmanager
    def running(self):
        """Write until the end of the block."""
        thread = threading.Thread(target=self._write)
        thread.start()
        try:
            yield self
        finally:
            self._stopped.set()
            thread.join()

    def _write(self):
        began_s = time.time()
        for number in itertools.count():
            due_s = began_s + number / self.rate_per_s
            while (early_s := due_s - time.time()) > 0:
                if self._stopped.wait(early_s):
                    return
            if self._stopped.is_set():
                return
            if self.rolled_back is not None and self.rolled_back.exists():
                self.weight = 0.0
            is_canary = self._random.random() < self.weight
            took_s = self._random.uniform(0.01, 0.02) * (self.slower if is_canary else 1.0)
            ended_s = round(time.time(), 3)
            upstream = CANARY if is_canary else BASELINE
            with self.path.open("ab") as log:
                log.write(nginx_line(ended_s + self.ahead_s, upstream, took_s=took_s))
            self.written.append((ended_s, "canary" if is_canary else "baseline"))
