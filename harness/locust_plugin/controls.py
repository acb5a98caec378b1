"""Locust's own controls over a run: its options, load shapes, `edit users`, its keys and its time limit.

The plan says how much load is sent, to whom and for how long. What would change that is ignored with a line.
"""

from __future__ import annotations

import logging
import os
from argparse import Action, ArgumentParser, Namespace
from collections.abc import Callable, Collection, Iterator
from typing import Any

import gevent
from locust.argument_parser import get_empty_argument_parser, setup_parser_arguments
from locust.env import Environment
from locust.runners import Runner

from harness.live.locust_edits import refuse_edits
from harness.locust_plugin.command_line.locust_options import neutralize, notes

_LOG = logging.getLogger("harness")
_LOCUSTS_TABLES = logging.getLogger("locust.stats_logger")
_FIXED = "the users of a run are fixed: the plan's `load.max_in_flight` says how many there are"


def take_controls(environment: Environment, runner: Runner, web_ui: Any, users: int) -> None:
    """Have Locust run this many users and nothing else, and log a line for each option that is ignored."""
    options = environment.parsed_options
    assert options is not None  # a command line started this
    for line in ignored_options(environment, options):
        _LOG.warning(line)
    if variables := variables_in_effect(os.environ):
        _LOG.info("the environment sets options of Locust: %s", ", ".join(variables))
    neutralize(options)
    if not options.print_stats:
        # They count from the send, mix both variants and contradict what the gate prints beside them.
        _LOCUSTS_TABLES.addFilter(lambda _: False)
    environment.host = None
    environment.stop_timeout = 0
    # Locust asks for it when the run begins; a shape would start and stop users.
    environment.shape_class = None
    options.num_users = options.spawn_rate = users
    # The run starts by itself, also with Locust's web page.
    options.autostart = web_ui is not None
    _fix_users(runner, users)
    if web_ui is not None:
        refuse_edits(web_ui.app, _FIXED)


def limit_time(options: Namespace, planned_s: float, interrupt: Callable[[str], None]) -> None:
    """Interrupt the run after `--run-time`; the reason names it."""
    limit_s, options.run_time = options.run_time, None
    if not limit_s:
        return
    if limit_s < planned_s:
        _LOG.warning(
            "--run-time %ss ends this run before its plan, %.0f s of load: leave it out, or shorten the plan "
            "with --time-scale",
            limit_s,
            planned_s,
        )
    gevent.spawn_later(limit_s, interrupt, f"--run-time {limit_s}s")


def ignored_options(environment: Environment, options: Namespace) -> Iterator[str]:
    """Yield a line for whatever was asked of Locust that the plan decides."""
    parser = _locusts_own_parser()
    names = {action.dest: max(action.option_strings or [action.dest], key=len) for action in parser._actions}
    defaults = Namespace(**{action.dest: _default_of(action) for action in parser._actions})
    yield from notes(options, defaults, names)
    if environment.shape_class is not None:
        shape = type(environment.shape_class).__name__
        yield f"the load shape {shape} is ignored: the plan's stages and rates shape the load"


def variables_in_effect(environment: Collection[str]) -> list[str]:
    """Return the variables that set options of Locust, which nobody sees on the command line."""
    actions = _locusts_own_parser()._actions
    named = {str(name) for action in actions if (name := getattr(action, "env_var", None)) is not None}
    return sorted(named.intersection(environment))


def _locusts_own_parser() -> ArgumentParser:
    parser = get_empty_argument_parser(default_config_files=[])
    setup_parser_arguments(parser)
    return parser


def _default_of(action: Action) -> Any:
    """Return what an option is when nobody sets it: defaults given as text are read like any value."""
    default = action.default
    return action.type(default) if isinstance(default, str) and callable(action.type) else default


def _fix_users(runner: Any, users: int) -> None:
    """Have the runner start this many users and no others: keys, the page and a locustfile may ask it to."""
    start = runner.start

    def start_planned(user_count: int, spawn_rate: float, *more: Any, **others: Any) -> None:
        if user_count == users:
            start(user_count, spawn_rate, *more, **others)
        else:
            _LOG.warning("%s users are not started: %s", user_count, _FIXED)

    runner.start = start_planned
    runner.start_shape = lambda: _LOG.warning("no load shape is started: the plan shapes the load")
