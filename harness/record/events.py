"""The closed lists of what `events.jsonl` and `probes.jsonl` may say.

A record has at least the fields listed for its name; more are allowed, and readers must not rely on them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class Field:
    """What a value must be, in words and as a test."""

    words: str
    fits: Callable[[Any], bool]
    required: bool = True


def _is_number(value: object) -> bool:
    # True and False are integers to Python, never numbers to us.
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_account(value: object) -> bool:
    return isinstance(value, dict) and all(WHOLE.fits(value.get(name)) for name in _ACCOUNT)


TEXT: Final = Field("text", lambda value: isinstance(value, str))
FLAG: Final = Field("true or false", lambda value: isinstance(value, bool))
NUMBER: Final = Field("a number", _is_number)
WHOLE: Final = Field(
    "a whole number", lambda value: isinstance(value, int) and _is_number(value) and value >= 0
)
OBJECT: Final = Field("an object", lambda value: isinstance(value, dict))
TEXTS: Final = Field("a list of texts", lambda value: isinstance(value, list) and all(map(TEXT.fits, value)))


def _or_null(field: Field) -> Field:
    return Field(f"{field.words} or null", lambda value: value is None or field.fits(value))


_ACCOUNT: Final = {"due": WHOLE, "completed": WHOLE, "failed": WHOLE, "dropped": WHOLE, "open": WHOLE}
ACCOUNTS: Final = Field(
    f"an object of variant to {{{', '.join(_ACCOUNT)}}}",
    lambda value: isinstance(value, dict) and all(map(_is_account, value.values())),
)


# Runs of before there was such a count can still be judged.
REQUESTS: Final = Field(
    "an object of variant to a whole number",
    lambda value: isinstance(value, dict) and all(map(WHOLE.fits, value.values())),
    required=False,
)


@dataclass(frozen=True)
class Vocabulary:
    """The names a record may have under `key`, with the fields each one has besides `t_s`."""

    key: str
    fields: Mapping[str, Mapping[str, Field]]

    def check(self, record: Mapping[str, Any]) -> None:
        """Raise ValueError when the record's name is unknown, or a field is missing or wrong."""
        name = record.get(self.key)
        if not isinstance(name, str) or name not in self.fields:
            raise ValueError(f"unknown {self.key} {str(name)[:60]!r}")
        for key, field in {"t_s": NUMBER, **self.fields[name]}.items():
            if key not in record:
                if field.required:
                    raise ValueError(f"{self.key} {name!r} lacks the field {key!r}")
            elif not field.fits(record[key]):
                raise ValueError(f"{self.key} {name!r} needs {field.words} as {key!r}")


_STAGE: Final = {"stage": TEXT}

EVENTS: Final = Vocabulary(
    "event",
    {
        "run_started": {},
        "target_ready": {},
        "stage_started": {**_STAGE, "index": WHOLE, "weight": NUMBER, "arrival_rate_per_s": NUMBER},
        "weight_set": {**_STAGE, "weight": NUMBER},
        "stage_finished": {
            **_STAGE,
            "duration_s": NUMBER,
            **_ACCOUNT,
            "by_variant": ACCOUNTS,
            "requests": REQUESTS,
        },
        "stage_judged": {**_STAGE, "outcome": TEXT},
        "generator_late": _STAGE,
        "saturated": _STAGE,
        "values_clamped": {"count": WHOLE},
        "errors": {**_STAGE, "variant": TEXT, "endpoint": TEXT, "kind": TEXT, "count": WHOLE},
        "task_error": {**_STAGE, "variant": TEXT, "task": TEXT, "error": TEXT},
        "worker_lost": {},
        "trigger_fired": {**_STAGE, "trigger": TEXT},
        "failed_early": {**_STAGE, "criterion": TEXT, "at_s": NUMBER, "reason": TEXT},
        "level_reached": {"measure": TEXT, "level": TEXT, "value": NUMBER},
        "state_changed": {"state": TEXT, "reason": TEXT},
        "stage_extended": {**_STAGE, "duration_s": NUMBER},
        "deploy_started": {},
        "deploy_finished": {},
        "deploy_failed": {},
        "rolled_back": {},
        "rollback_failed": {},
        "probe_failed": {},
        "target_down": {"variant": TEXT, "reason": TEXT},
        "interrupted": {"signal": TEXT},
        "held": {**_STAGE, "reason": TEXT},
        "preflight_checked": {"check": TEXT, "ok": FLAG, "reason": TEXT},
        "signed": {"what": TEXT, "name": TEXT},
        "run_finished": {"outcome": TEXT},
    },
)

PROBES: Final = Vocabulary(
    "kind",
    {
        "generator": {
            **_STAGE,
            "interval_s": NUMBER,
            "due": WHOLE,
            "sent": WHOLE,
            "dropped": WHOLE,
            "in_flight": WHOLE,
            "backlog": WHOLE,
            "cpu": _or_null(NUMBER),
            "memory_bytes": _or_null(NUMBER),
        },
        "health": {
            "variant": TEXT,
            "ok": FLAG,
            "status": _or_null(WHOLE),
            "latency_s": _or_null(NUMBER),
            "error": _or_null(TEXT),
        },
        "metrics": {
            "variant": TEXT,
            "cpu": _or_null(NUMBER),
            "memory_bytes": _or_null(NUMBER),
            "restarts": _or_null(WHOLE),
            "error": _or_null(TEXT),
        },
        "alerts": {"firing": TEXTS, "error": _or_null(TEXT)},
        "query": {"name": TEXT, "value": _or_null(NUMBER), "error": _or_null(TEXT)},
    },
)
