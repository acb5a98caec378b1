"""Load generators side by side: how to run each, and how to read its number of requests."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CONNECTIONS = 64
PLAN = """
service: bench
targets: {{baseline: "{url}", canary: "{url}"}}
load: {{arrival_rate: {rate}/s, max_in_flight: {users}, timeout: 10s}}
judge: {{block: {window}, warmup: 1s}}
generator: {{lateness_p99: 100s, cpu: 100%, achieved: 1%}}
stages:
  - {{name: bench, weight: 50%, duration: {seconds}s, interval: {window}, criteria: [error rate < 1%]}}
"""
# Far beyond what one process can send: users never wait, which is a closed loop.
FLOOD_PER_S = 250_000


@dataclass(frozen=True)
class Tool:
    """A load generator: whether it is here, its command for some seconds, and its count of requests."""

    name: str
    command: object
    count: object
    here: bool = True


def tools(url, directory, method):
    """Return the tools that can be compared, ours first."""
    body = directory / "body.json"
    body.write_text(json.dumps({"tasks": ["x" * 90] * 100}))
    script = directory / "post.lua"
    script.write_text(f'wrk.method = "{method}"\n')
    if method == "POST":
        with script.open("a") as file:
            file.write(f"wrk.body = [[{body.read_text()}]]\n")
            file.write('wrk.headers["Content-Type"] = "application/json"\n')
    send = ["-m", method, *(["-D", str(body), "-T", "application/json"] if method == "POST" else [])]
    fire = [
        "-m",
        method,
        *(["-i", str(body), "-H", "content-type=application/json"] if method == "POST" else []),
    ]
    posts, at = method == "POST", f"{url}/"
    push = ["-d", str(body), "-H", "content-type: application/json"]
    put = ["-p", str(body), "-T", "application/json"]
    return [
        Tool("ours", lambda s: gate(url, directory, s, FLOOD_PER_S, CONNECTIONS), lambda _: sent(directory)),
        Tool("FastHttpUser", lambda s: stock(url, "FastBench", s), locust_count),
        Tool("HttpUser", lambda s: stock(url, "PlainBench", s), locust_count),
        Tool(
            "wrk -t1",
            lambda s: ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{s}s", "-s", str(script), url],
            lambda out: int(re.search(r"(\d+) requests in", out)[1]),
            shutil.which("wrk") is not None,
        ),
        Tool(
            "hey",
            lambda s: ["hey", "-cpus", "1", "-c", str(CONNECTIONS), "-z", f"{s}s", *send, url],
            lambda out: sum(int(n) for n in re.findall(r"\[200\]\s+(\d+) responses", out)),
            shutil.which("hey") is not None,
        ),
        Tool(
            "autocannon",
            lambda s: ["autocannon", "-j", "-c", str(CONNECTIONS), "-d", str(s), *fire, url],
            lambda out: json.loads(out[out.index("{") :])["requests"]["total"],
            shutil.which("autocannon") is not None,
        ),
        Tool(
            "h2load --h1",
            lambda s: ["h2load", "--h1", "-t1", f"-c{CONNECTIONS}", f"-D{s}", *(push if posts else []), url],
            lambda out: int(re.search(r"(\d+) succeeded", out)[1]),
            shutil.which("h2load") is not None,
        ),
        Tool(
            "ab",
            lambda s: [
                "ab",
                "-q",
                "-k",
                f"-c{CONNECTIONS}",
                f"-t{s}",
                "-n3000000",
                *(put if posts else []),
                at,
            ],
            lambda out: int(re.search(r"Complete requests:\s+(\d+)", out)[1]),
            shutil.which("ab") is not None,
        ),
        Tool(
            "siege",
            lambda s: ["siege", "-b", f"-c{CONNECTIONS}", f"-t{s}S", f"{at} POST <{body}" if posts else at],
            lambda out: int(re.search(r'"transactions":\s+(\d+)', out)[1]),
            shutil.which("siege") is not None,
        ),
    ]


def gate(url, directory, seconds, rate, in_flight, users="gate", window="1s"):
    """Return the gate's command for a plan of one stage with the users of a locustfile."""
    plan = directory / "bench.yaml"
    plan.write_text(PLAN.format(url=url, seconds=seconds, rate=rate, users=in_flight, window=window))
    return [*_locust(HERE / "locustfiles" / f"{users}.py"), "--plan", str(plan)]


def stock(url, user, seconds):
    """Return the command for one of Locust's own users."""
    load = ["-u", str(CONNECTIONS), "-r", str(CONNECTIONS), "-t", f"{seconds}s", "--host", url]
    return [*_locust(HERE / "locustfiles" / "stock.py"), *load, user]


def _locust(file):
    return [sys.executable, "-m", "locust", "-f", str(file), "--headless", "--only-summary"]


def sent(directory):
    """Return how many requests the gate's latest run in a directory completed."""
    for line in (directory / "reports" / "latest" / "events.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["event"] == "stage_finished":
            return event["completed"]
    raise SystemExit("the gate's run did not finish")


def locust_count(out):
    """Return the requests of Locust's summary."""
    return int(re.search(r"Aggregated\s+(\d+)", out)[1])


def measured(command, directory, method):
    """Run a command; return its output and the CPU seconds of it and its children."""
    with (directory / "out.txt").open("w+") as out:
        environment = {**os.environ, "BENCH_METHOD": method}
        process = subprocess.Popen(
            command, cwd=directory, stdout=out, stderr=subprocess.STDOUT, env=environment
        )
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        out.seek(0)
        return out.read(), usage.ru_utime + usage.ru_stime
