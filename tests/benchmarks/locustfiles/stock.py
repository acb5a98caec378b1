"""The benchmark's requests through Locust's own users."""

import os

from locust import FastHttpUser, HttpUser, constant, task

BODY = {"tasks": ["x" * 90] * 100}
POST = os.environ.get("BENCH_METHOD") == "POST"


class Requests:
    """One request, over and over."""

    wait_time = constant(0)

    @task
    def request(self):
        """Send it."""
        if POST:
            self.client.post("/", json=BODY)
        else:
            self.client.get("/")


class FastBench(Requests, FastHttpUser):
    """Locust's fast user."""


class PlainBench(Requests, HttpUser):
    """Locust's ordinary user."""
