"""Runs users of several kinds through one stage against two servers; prints what was recorded as JSON.

A process of its own, because importing Locust patches the whole process.
"""

import json
import sys
from dataclasses import asdict

from locust import FastHttpUser, HttpUser, SequentialTaskSet, User, between, constant, task  # isort: skip - patches what is imported after it

import threading
import time
from urllib.request import ProxyHandler, build_opener

import gevent
import requests as http_requests
from locust.env import Environment
from locust.exception import ResponseError, StopUser
from locust.user.task import TaskSet

from harness.load.compat import Gated
from harness.load.locust.engine import Destination, build_generator
from harness.load.locust.user import GateUser, provide_generator
from harness.plan.loader import parse_plan
from tests.load.scripted import serving

PLAN = """
service: test
targets: {baseline: "%s", canary: "%s"}
load: {arrival_rate: 100/s, max_in_flight: 20, timeout: 5s}
stages: [{name: half, weight: 50%%, duration: 1s, interval: 1s, criteria: [error rate < 1%%]}]
"""

SIDES = ("baseline", "canary")


class Ours(GateUser):
    @task
    def fetch(self):
        self.client.get("/x")

    @task
    def judge(self):
        with self.client.get("/x", catch_response=True):
            raise ResponseError("judged by the task")

    @task
    def rest_call(self):
        with self.rest("POST", "/x", json={"a": 1}) as response:
            assert response.js == {"ok": True}, "wrong answer"


class Requests(Gated, HttpUser):
    @task
    def fetch(self):
        with self.client.get("/x", catch_response=True):
            gevent.sleep(0.1)


class Fast(Gated, FastHttpUser):
    @task
    class Nested(TaskSet):
        @task
        def fetch(self):
            self.client.get("/x")
            self.client.get("/x", name="/second")


class Flow(SequentialTaskSet):
    """The most common form of old locustfiles: pauses of both classes, a login, and a state of its own."""

    wait_time = constant(60)

    def on_start(self):
        self.token = self.client.get("/token", name="/x").headers["x-side"]

    @task
    class Inner(TaskSet):
        @task
        def fetch(self):
            self.client.get("/me", name="/x", headers={"x-token": self.parent.token})
            self.interrupt(reschedule=False)

    @task
    def fetch(self):
        self.client.get("/me", name="/x", headers={"x-token": self.token})


class Flows(GateUser):
    tasks = [Flow]  # noqa: RUF012 - as in Locust's own examples
    wait_time = between(50, 60)

    def on_start(self):
        self.client.get("/login")


class FastFlows(Gated, FastHttpUser):
    tasks = [Flow]  # noqa: RUF012 - as in Locust's own examples
    wait_time = between(50, 60)

    def on_start(self):
        self.client.get("/login")


class Visits(GateUser):
    """Some tasks only leave their task set, or find nothing to do."""

    @task
    class Visit(TaskSet):
        @task
        def fetch(self):
            self.client.get("/x")

        @task
        def leave(self):
            self.interrupt(reschedule=False)

        @task
        def pass_by(self):
            pass


class Silent(GateUser):
    @task
    def pass_by(self):
        pass


class Leaving(GateUser):
    @task
    def fetch(self):
        self.client.get("/x")
        raise StopUser


class Astray(Gated, HttpUser):
    """All of them use the client of the first one."""

    first = None

    def on_start(self):
        Astray.first = Astray.first or self.client

    @task
    def fetch(self):
        self.first.get("/x")


class Beside(GateUser):
    """It logs in with one more client, and sends half of its load with others."""

    def on_start(self):
        self.fetch_by_requests("/login")

    @task
    def fetch(self):
        self.client.get("/x")
        self.fetch_by_requests("/x")

    @task
    def fetch_in_a_greenlet(self):
        self.client.get("/x")
        gevent.spawn(build_opener(ProxyHandler({})).open, self.host + "/x").join()

    def fetch_by_requests(self, path):
        with http_requests.Session() as session:
            session.trust_env = False
            session.get(self.host + path, timeout=5)


class Kept(GateUser):
    """Sends with a second client whose connection is older than the load; `way` says where."""

    way = "task"

    def on_start(self):
        self.kept = http_requests.Session()
        self.kept.trust_env = False
        self.send()
        if self.way == "greenlet":
            gevent.spawn(self.send_for_ever)

    def send(self):
        self.kept.get(self.host + "/x", timeout=5)

    def fetch_alone(self):
        with http_requests.Session() as session:
            session.trust_env = False
            session.get(self.host + "/x", timeout=5)

    def send_for_ever(self):
        while True:
            gevent.sleep(0.1)
            self.send()

    @task
    def fetch(self):
        self.client.get("/x")
        if self.way == "task":
            self.send()
        elif self.way == "thread":
            gevent.get_hub().threadpool.apply(self.fetch_alone)


class InAGreenlet(Kept):
    way = "greenlet"


class InAThread(Kept):
    way = "thread"


class OfAListener(GateUser):
    """What nobody's greenlet sends, from before the load on."""

    started = False

    def on_start(self):
        if not OfAListener.started:
            OfAListener.started = True
            threading.Thread(target=self.send_for_ever, args=(self.host,), daemon=True).start()

    @staticmethod
    def send_for_ever(host):
        with http_requests.Session() as session:
            session.trust_env = False
            while True:
                session.get(host + "/x", timeout=5)
                gevent.sleep(0.1)

    @task
    def fetch(self):
        self.client.get("/x")


def say_otherwise(client):
    """Call a failed answer a success, and a good one a failure."""
    with client.get("/me", catch_response=True) as response:
        response.success()
    with client.get("/x", catch_response=True) as response:
        response.failure("no title")
    with client.get("/me", catch_response=True) as response:
        response.failure("logged out")


class Judging(Gated, HttpUser):
    @task
    def judge(self):
        say_otherwise(self.client)


class FastJudging(Gated, FastHttpUser):
    @task
    def judge(self):
        say_otherwise(self.client)


class Exits(GateUser):
    @task
    def leave(self):
        sys.exit(0)


class Mistaken(GateUser):
    @task
    def fetch(self):
        self.client.get({}["path"])


ODD = {
    "visits": Visits,
    "silent": Silent,
    "leaving": Leaving,
    "exits": Exits,
    "beside": Beside,
    "kept": Kept,
    "kept greenlet": InAGreenlet,
    "kept thread": InAThread,
    "listener": OfAListener,
    "astray": Astray,
    "mistaken": Mistaken,
    "judging": Judging,
    "fast judging": FastJudging,
}


class Other(Gated, User):
    @task
    def call(self):
        gevent.spawn(self._fire).join()

    def _fire(self):
        failed = ValueError("odd") if self.host == self.variant_host(1) else None
        self.environment.events.request.fire(
            request_type="RPC", name="call", response_time=3.0, response_length=0, exception=failed
        )


def answering(side):
    """Answer as a variant with sessions and tokens of its own: 401 to those of the other one."""
    head = f"X-Side: {side}\r\nContent-Length: 11\r\n"
    foreign = [f"sid={other}".encode() for other in SIDES if other != side]
    foreign += [f"x-token: {other}".encode() for other in SIDES if other != side]

    def answer(request):
        known = not any(mark in request for mark in foreign) and (b"sid=" in request or b"/me" not in request)
        status = "200 OK" if known else "401 No"
        cookie = f"Set-Cookie: sid={side}\r\n" if request.startswith(b"GET /login ") else ""
        return f'HTTP/1.1 {status}\r\n{cookie}{head}\r\n{{"ok":true}}'.encode()

    return answer


def main(name):
    kinds = {"ours": Ours, "requests": Requests, "fast": Fast, "other": Other}
    kinds |= {"flows": Flows, "fast flows": FastFlows}
    user_class = {**kinds, **ODD}[name]
    with (
        serving(answering("baseline")) as (baseline, seen),
        serving(answering("canary")) as (canary, seen_canary),
    ):
        plan = parse_plan(PLAN % (baseline, canary))
        environment = Environment(user_classes=[user_class])
        destination = Destination({"baseline": plan.targets.baseline, "canary": plan.targets.canary})
        generator = build_generator(plan, destination, [user_class], environment)
        provide_generator(environment, generator)
        environment.events.user_error.add_listener(
            lambda user_instance, exception, **_: user_instance.user.raised(exception)
        )
        runner = environment.create_local_runner()
        runner.start(20, spawn_rate=100)  # ten for each variant
        windows = []
        while runner.user_count < 20:
            gevent.sleep(0.05)
        load = generator.begin(0, time.perf_counter() + 0.1, windows.append)
        while not windows:
            gevent.sleep(0.05)
            load.collector.poll()
            if not runner.user_count and time.perf_counter() > load.ends_s:
                generator.stop()
        runner.quit()
        generator.client_context.close()
    (window,) = windows
    print(  # noqa: T201 - for the test that started this
        json.dumps(
            {
                "seen": {"baseline": len(seen), "canary": len(seen_canary)},
                "accounts": {str(variant): asdict(account) for variant, account in window.accounts.items()},
                "tags": {str(tag): [h.total, h.min_us] for tag, h in window.histograms.items() if h.total},
                "mistakes": [[*mistake, count] for mistake, count in sorted(window.mistakes.items())],
                "errors": [[*map(str, key), count] for key, count in window.tallies.errors.items()],
                "accepted": [[*key, count] for key, count in sorted(window.tallies.accepted.items())],
                "declared": [[*key, count] for key, count in sorted(window.tallies.declared.items())],
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
