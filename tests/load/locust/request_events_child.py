"""Counts the same requests twice, in bulk and one by one; prints what Locust makes of them as JSON.

A process of its own, because importing Locust patches the whole process.
"""

import json
import random

import locust.stats
from locust.env import Environment

from harness.load.locust.request_events import RequestEvents

NOW_S = 1_000_000.25


def environment():
    made = Environment()
    made.create_local_runner()
    return made


def figures(made):
    entries = {"total": made.stats.total, **{" ".join(key): e for key, e in made.stats.entries.items()}}
    return {
        name: [
            entry.num_requests,
            round(entry.total_response_time, 3),
            entry.min_response_time,
            entry.max_response_time,
            entry.total_content_length,
            sum(entry.num_reqs_per_sec.values()),
            {str(key): count for key, count in sorted(entry.response_times.items())},
        ]
        for name, entry in entries.items()
    }


def main():
    """Print the figures of both ways, and when somebody is heard."""
    rng = random.Random(5)
    requests = [
        (rng.choice(["GET", "POST"]), rng.choice(["/a", "/b"]), rng.lognormvariate(3, 2), rng.randrange(999))
        for _ in range(5000)
    ]
    # Where Locust's rounding goes from one grain to the next.
    requests += [("GET", "/a", ms, 1) for ms in (0.0, 0.5, 99.5, 99.9, 100.0, 145.0, 999.9, 9950.0, 12_500.0)]
    bulk, each = environment(), environment()
    events = RequestEvents(bulk, lambda: NOW_S)
    for number, request in enumerate(requests):
        events.count(*request)
        each.stats.log_request(*request)
        if number % 700 == 0:
            events.settle()
    events.settle()

    heard = [events.has_listeners]
    bulk.events.request.add_listener(print)
    heard.append(events.has_listeners)
    bulk.events.request.remove_listener(print)
    heard.append(events.has_listeners)

    replaced = environment()
    locust.stats.bucket_response_time = lambda _: 7
    own = RequestEvents(replaced, lambda: NOW_S)
    own.count("GET", "/a", 1.0, 1)
    own.count("GET", "/a", 2.0, 1)
    own.settle()
    print(  # noqa: T201 - for the test that started this
        json.dumps(
            {
                "bulk": figures(bulk),
                "each": figures(each),
                "heard": heard,
                "replaced rounding": {str(k): n for k, n in replaced.stats.total.response_times.items()},
            }
        )
    )


if __name__ == "__main__":
    main()
