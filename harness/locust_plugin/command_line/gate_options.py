"""The options that the gate adds to Locust's command line."""

from __future__ import annotations

import sys
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, Namespace
from functools import wraps
from typing import Any

from harness.process.announcement import ANNOUNCE_TO
from harness.record.runs import RUNS_ROOT, RUNS_VARIABLE
from harness.rollout.exit_code import ExitCode

_MAX_PORT = 65_535
_NO_WORKER = (
    "error: a worker has no run of its own: leave out --worker, `worker` in locust.conf or the variable "
    "LOCUST_MODE_WORKER, whichever is set; `locust --worker` starts a worker\n"
)


def add_gate_options(parser: ArgumentParser) -> None:
    """Add them as a group of their own; raises ArgumentError where a locustfile has one of the same name."""
    group = parser.add_argument_group("Canary gate")
    group.add_argument("--plan", env_var="HARNESS_PLAN", help="the plan to run, a YAML file")
    group.add_argument("--stage", action="append", metavar="NAME", help="run only this stage (repeatable)")
    group.add_argument("--time-scale", type=float, default=1.0, help="divide every duration: a rehearsal")
    group.add_argument(
        "--set",
        dest="plan_values",
        action="append",
        metavar="KEY=VALUE",
        help="replace a value of the plan (repeatable)",
    )
    group.add_argument(
        "--runs", default=str(RUNS_ROOT), metavar="DIR", env_var=RUNS_VARIABLE, help="where runs are kept"
    )
    group.add_argument(
        "--metrics-port",
        type=_port,
        metavar="PORT",
        help="serve live Prometheus metrics at 127.0.0.1:PORT/metrics",
    )
    group.add_argument(
        "--worker-key-file",
        metavar="FILE",
        env_var="HARNESS_WORKER_KEY_FILE",
        help="the key that master and workers on other machines share; or set HARNESS_WORKER_KEY",
    )
    # For the verbs that start Locust as a child process: they read the outcome from the directory it names.
    group.add_argument(ANNOUNCE_TO, type=int, metavar="FD", help=SUPPRESS)


def bind_page_to_loopback(parser: ArgumentParser) -> None:
    """Make 127.0.0.1 the default of Locust's `--web-host`: whoever reaches the page can end the run."""
    for action in parser._actions:
        if action.dest == "web_host":
            action.default = "127.0.0.1"
            action.help = "host to bind the web interface to; '*' is all interfaces (default: 127.0.0.1)"


def keep_runs_from_being_workers(parser: ArgumentParser) -> None:
    """End with one line where a verb's child is told to be a worker, which has no run.

    When its options are read: later, Locust has forked it, or looks for a master for five minutes.
    """
    parse = parser.parse_args

    @wraps(parse)
    def parsed(*arguments: Any, **settings: Any) -> Namespace:
        options: Namespace = parse(*arguments, **settings)
        if options.worker and options.announce_run_to is not None:
            sys.stderr.write(_NO_WORKER)
            sys.exit(ExitCode.BAD_USAGE)
        return options

    vars(parser)["parse_args"] = parsed


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= _MAX_PORT:
        raise ArgumentTypeError(f"a port is a number from 0 to {_MAX_PORT}")
    return port
