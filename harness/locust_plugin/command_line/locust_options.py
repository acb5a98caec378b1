"""What each option of Locust means under the gate: on the command line, in the environment, in `locust.conf`.

An option that can mean nothing here is ignored, and the run says so: no option only seems to work.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple


class OptionEffect(StrEnum):
    """What becomes of an option."""

    WORKS = "works"
    """As with Locust alone."""
    CHANGED = "works differently"
    """Its effect differs from Locust's."""
    IGNORED = "ignored"
    """It has no effect, and a line says so."""
    ENDS = "prints and ends"
    """Locust prints something and runs nothing."""
    REFUSED = "refused by Locust"
    """Locust itself no longer has it."""


class Rule(NamedTuple):
    """What becomes of an option, and in a few words why or how."""

    effect: OptionEffect
    words: str


def _works(words: str) -> Rule:
    return Rule(OptionEffect.WORKS, words)


def _ignored(words: str) -> Rule:
    return Rule(OptionEffect.IGNORED, words)


_SHOWN = _works("Locust's own output, beside the gate's")
_PAGE = _works("Locust's web interface, where the live page is")
_WORKERS = _works("master and workers find each other this way")
_REMOVED = Rule(OptionEffect.REFUSED, "Locust names what replaced it")

RULES: Final[Mapping[str, Rule]] = {
    "help": Rule(OptionEffect.ENDS, "the help"),
    "version": Rule(OptionEffect.ENDS, "the version"),
    "list_commands": Rule(OptionEffect.ENDS, "the user classes"),
    "show_task_ratio": Rule(OptionEffect.ENDS, "the shares of the tasks"),
    "show_task_ratio_json": Rule(OptionEffect.ENDS, "the shares of the tasks"),
    "locustfile": _works("where the users are"),
    "config": _works("more options"),
    "config_users": _works("sets attributes of user classes before the run; their `host` is the plan's"),
    "user_classes": _works("the user classes that send the load; an unknown one is refused"),
    "tags": _works("only tasks with these tags"),
    "exclude_tags": _works("only tasks without these tags"),
    "equal_weights": _works("every task as often as the others"),
    "host": _ignored("the plan's `targets` say where the load goes"),
    "num_users": _ignored("the plan's `load.max_in_flight` says how many users there are"),
    "spawn_rate": _ignored("all users are started at once; they wait for the arrivals of the plan"),
    "run_time": Rule(
        OptionEffect.CHANGED,
        "ends the run as interrupted (130) if its plan is not finished by then",
    ),
    "stop_timeout": _ignored("the gate itself waits for requests in flight, for `load.timeout`"),
    "exit_code_on_error": _ignored("the exit code is that of the run directory's verdict"),
    "headless": _works("without the web interface"),
    "headful": _works("with the web interface"),
    "autostart": _works("implied: a run always starts by itself"),
    "autoquit": _ignored("the process ends when the run has ended (without --autostart Locust refuses it)"),
    "class_picker": _ignored("the run starts by itself; name the user classes on the command line"),
    "web_host": _PAGE,
    "web_host_display_name": _PAGE,
    "web_port": _PAGE,
    "web_login": _PAGE,
    "web_base_path": _PAGE,
    "tls_cert": _PAGE,
    "tls_key": _PAGE,
    "build_path": _PAGE,
    "master": _WORKERS,
    "master_bind_host": _WORKERS,
    "master_bind_port": _WORKERS,
    "expect_workers": _WORKERS,
    "expect_workers_max_wait": _WORKERS,
    "worker": _WORKERS,
    "processes": _WORKERS,
    "master_host": _WORKERS,
    "master_port": _WORKERS,
    "enable_rebalancing": _ignored("a run keeps the workers that it began with"),
    "csv_prefix": _SHOWN,
    "stats_history_enabled": _SHOWN,
    "print_stats": _works("brings Locust's own tables, which are off otherwise"),
    "only_summary": _works("with --print-stats: those at the end alone"),
    "html_file": _SHOWN,
    "json": _SHOWN,
    "json_file": _SHOWN,
    "reset_stats": _works("resets Locust's own tables; the run directory keeps everything"),
    "skip_log_setup": _works("the gate's lines are logged as `harness`"),
    "loglevel": _works("the gate's lines too"),
    "logfile": _works("the gate's lines too; the verdict is printed all the same"),
    "profile": _works("a name for Locust's own output"),
    "otel": _works("traces of the users' own clients"),
    "web_auth": _REMOVED,
    "legacy_ui": _REMOVED,
    "expect_slaves": _REMOVED,
    "slave": _REMOVED,
}
"""By the option's name in Locust's `parsed_options`."""

_NEUTRAL: Final[Mapping[str, Any]] = {
    "host": None,
    "stop_timeout": 0,
    "enable_rebalancing": False,
    "autoquit": -1,
}
"""What an ignored option is set to, where Locust would act on it."""


def notes(options: Namespace, defaults: Namespace, names: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each option that somebody set and that does not work as with Locust alone.

    `defaults` are the options of an empty command line, `names` what each is called there. An option that is
    not Locust's own, because a locustfile added it, is not in `names`.
    """
    for key, name in names.items():
        if getattr(options, key, None) == getattr(defaults, key, None):
            continue
        rule = RULES.get(key)
        if rule is None:
            yield f"{name} is unknown to the gate, which is older than this version of Locust"
        elif rule.effect is OptionEffect.IGNORED:
            yield f"{name} is ignored: {rule.words}"


def neutralize(options: Namespace) -> None:
    """Reset the ignored options that Locust would act on."""
    for key, value in _NEUTRAL.items():
        setattr(options, key, value)
