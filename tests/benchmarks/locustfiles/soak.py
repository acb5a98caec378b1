"""The soak's requests, and a look from inside at what the generator keeps."""

import gc
import json
import os
import time
from collections import Counter
from pathlib import Path

import gevent
from greenlet import greenlet
from locust import events, task

from harness.plugin import GateUser

LOOK_EVERY_S = 10


class SoakUser(GateUser):
    """Some endpoints, one of them with a context manager and one with a body."""

    @task(3)
    def read(self):
        """Read."""
        self.client.get("/read")

    @task
    def check(self):
        """Read and decide."""
        with self.client.get("/check", catch_response=True) as response:
            if response.ok and response.text != "hello\n":
                response.failure("not hello")

    @task
    def write(self):
        """Write."""
        self.client.post("/write", json={"title": "x" * 90})


@events.test_start.add_listener
def _look_from_inside(**_):
    gevent.spawn(_look_for_ever)


def _look_for_ever():
    """Append how many objects and greenlets there are; the frozen ones of the start are not among them."""
    while True:
        gevent.sleep(LOOK_EVERY_S)
        kinds = Counter(isinstance(each, greenlet) for each in gc.get_objects())
        look = {
            "at_s": time.monotonic(),
            "objects": kinds.total(),
            "greenlets": kinds[True],
            "garbage collections": sum(each["collections"] for each in gc.get_stats()),
        }
        with Path(os.environ["SOAK_LOG"]).open("a", encoding="utf-8") as log:
            log.write(f"{json.dumps(look)}\n")
