"""The benchmark's requests through Locust's own users."""

import os

from locust import FastHttpUser, HttpUser, constant

BODY = {"tasks": ["x" * 90] * 100}
POST = os.environ.get("BENCH_METHOD") == "POST"


def send(user):
    """Send one request."""
    if POST:
        user.client.post("/", json=BODY)
    else:
        user.client.get("/")


class FastBench(FastHttpUser):
    """Locust's fast user."""

    wait_time = constant(0)
    tasks = [send]  # noqa: RUF012 - how Locust wants it


class PlainBench(HttpUser):
    """Locust's ordinary user."""

    wait_time = constant(0)
    tasks = [send]  # noqa: RUF012 - how Locust wants it
