"""Writes a first load test: a user, its requests, a plan and a locust.conf that run as they are."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Final

from harness.app.first_test.known_traffic import KnownEndpoint, KnownTraffic
from harness.judge.planning.feasibility import limitations
from harness.plan.loader import parse_plan
from harness.plan.overrides.variation import VariationError
from harness.plan.targets import host_of
from harness.starter import STARTER, StarterError

_STAGES: Final = (
    ("canary-5", "5%", "15m"),
    ("canary-25", "25%", "30m"),
    ("rollout-50", "50%", "60m"),
    ("rollout-75", "75%", "120m"),
    ("full-100", "100%", "24h"),
)
"""The stages of the deployment guide."""
_RATE_PER_S: Final = 100.0
_MIN_ERROR_RATE: Final = 0.001
_HEADROOM: Final = 1.2
_P95_S: Final = 0.150
_FILES: Final = (
    "locust.conf",
    "loadtests/service.py",
    "loadtests/service_requests.json",
    "loadtests/plans/canary.yaml",
)


def write_first_test(directory: Path, traffic: KnownTraffic, target: str | None) -> list[Path]:
    """Write the files under a directory; raises StarterError rather than replace one."""
    paths = [directory / name for name in _FILES]
    if taken := [str(path) for path in paths if path.exists()]:
        raise StarterError(f"{', '.join(taken)}: exists already; nothing was written")
    conf = resources.files(STARTER).joinpath("locust.conf").read_text("utf-8")
    requests = {
        each.name: [[one.path] if one.body is None else [one.path, one.body] for one in each.requests]
        for each in traffic.endpoints
    }
    contents = (conf, users(traffic), json.dumps(requests, indent=1) + "\n", plan(traffic, target))
    for path, content in zip(paths, contents, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return paths


def users(traffic: KnownTraffic) -> str:
    """Return the module of a user that sends the requests, each as often as it was seen."""
    left_out = "".join(f"# Left out: {_plain(each)}.\n" for each in traffic.left_out)
    seen: dict[str, int] = {}
    tasks = "\n".join(_task(each, seen) for each in traffic.endpoints)
    return f'''"""Requests made from {_plain(traffic.source)}; their data is in the file beside this one."""

import json
import random
from pathlib import Path

from locust import task

from harness.plugin import GateUser

REQUESTS = json.loads(Path(__file__).with_name("service_requests.json").read_text(encoding="utf-8"))
{left_out}

class ServiceUser(GateUser):
    """Sends one request an arrival; the number of a task says how often beside the others."""

    def send(self, method, route):
        """Send one of the known requests of an endpoint."""
        path, *body = random.choice(REQUESTS[f"{{method}} {{route}}"])
        self.client.request(method, path, name=route, json=body[0] if body else None)

{tasks}'''


def _task(endpoint: KnownEndpoint, seen: dict[str, int]) -> str:
    name = re.sub(r"[\W_]+", "_", f"{endpoint.method}_{endpoint.route}".lower()).strip("_")
    seen[name] = seen.get(name, 0) + 1
    name = name if seen[name] == 1 else f"{name}_{seen[name]}"
    return (
        f"    @task({endpoint.weight})\n"
        f"    def {name}(self):\n"
        f'        """Send {_plain(endpoint.name)}."""\n'
        f"        self.send({json.dumps(endpoint.method)}, {json.dumps(endpoint.route)})\n"
    )


def plan(traffic: KnownTraffic, target: str | None) -> str:
    """Return a plan of the guide's stages, with the measured rate and limits a little above today's figures.

    A criterion that a stage could not decide at that rate is left out of it, and so is a stage without any.
    """
    kept = [_criteria(traffic) for _ in _STAGES]
    checked = parse_plan(_plan_text(traffic, target, kept))
    for limitation in limitations(checked):
        for (name, _, _), criteria in zip(_STAGES, kept, strict=True):
            if limitation.place.stage == name and limitation.criterion.text in criteria:
                criteria.remove(limitation.criterion.text)
    if not any(kept):
        raise VariationError("too few requests a second to judge any stage; write a plan by hand")
    return _plan_text(traffic, target, kept)


def _criteria(traffic: KnownTraffic) -> list[str]:
    allowed = max(_MIN_ERROR_RATE, 2 * (traffic.error_rate or 0.0))
    p95_ms = 1000 * (_P95_S if traffic.p95_s is None else _HEADROOM * traffic.p95_s)
    return [f"error rate < {_up(100 * allowed):g}%", f"p95 < {_up(p95_ms):g}ms", "p95 < baseline + 20%"]


def _up(number: float) -> float:
    """Round up to two digits."""
    unit = 10.0 ** (math.floor(math.log10(max(number, 1e-3))) - 1)
    return float(f"{math.ceil(number / unit - 1e-9) * unit:.6g}")


def _plan_text(traffic: KnownTraffic, target: str | None, kept: list[list[str]]) -> str:
    return "\n".join(_plan_lines(traffic, target, kept)) + "\n"


def _plan_lines(traffic: KnownTraffic, target: str | None, kept: list[list[str]]) -> Iterator[str]:
    rate_per_s = max(_up(traffic.rate_per_s or _RATE_PER_S), 1.0)
    yield f"# Made from {_plain(traffic.source)}."
    yield "# `harness check loadtests/plans/canary.yaml` says what each stage can and cannot decide."
    yield "service: my-service"
    yield "seed: 1"
    if target is None:
        yield "targets: embedded             # a service to try it on; then for example"
        yield '# targets: {baseline: "http://127.0.0.1:8080", canary: "http://127.0.0.1:8081"}'
        yield "# allow_hosts: [127.0.0.1]    # load is sent to no other host"
    else:
        yield f"targets: {{baseline: {json.dumps(target)}, canary: {json.dumps(target)}}}"
        yield f"allow_hosts: [{json.dumps(host_of(target))}]    # load is sent to no other host"
    yield ""
    yield "load:"
    yield f"  arrival_rate: {rate_per_s:g}/s"
    yield "  max_in_flight: 512"
    yield "  timeout: 10s"
    yield ""
    yield "judge: {tolerance: 20%, block: 30s, warmup: 60s}"
    yield ""
    yield "stages:"
    for (name, weight, duration), criteria in zip(_STAGES, kept, strict=True):
        shown = [each for each in criteria if weight != "100%" or "baseline" not in each]
        if not shown:
            continue
        yield f"  - name: {name}"
        yield f"    weight: {weight}"
        yield f"    duration: {duration}"
        yield "    interval: 10s"
        yield "    criteria:"
        yield from (f"      - {each}" for each in shown)


def _plain(text: str) -> str:
    """Return a text for one line of a docstring or comment."""
    return "".join(c if c.isprintable() and c not in '"\\' else "?" for c in text)[:300]
