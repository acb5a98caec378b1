"""The benchmark's requests through the gate's own user."""

import os

from locust import task

from harness.plugin import GateUser

BODY = {"tasks": ["x" * 90] * 100}
POST = os.environ.get("BENCH_METHOD") == "POST"


class BenchUser(GateUser):
    """One request, over and over."""

    @task
    def request(self):
        """Send it."""
        if POST:
            self.client.post("/", json=BODY)
        else:
            self.client.get("/")
