"""A record of any class, with a value in every field."""

import dataclasses
import typing

VALUES = {
    "t_s": 1.5,
    "stage": "canary-5",
    "ok": True,
    "several_processes": True,
    "index": 1,
    "command": ("deploy", "5"),
    "problems": ("no answer",),
    "firing": ("HighErrorRate",),
    "by_variant": {},
    "requests": {},
    "by_file": (1, 2),
    "lags_s": (0.5, None),
}
NUMBERS = {"weight", "arrival_rate_per_s", "value", "cpu", "memory_bytes", "at_s"}
WHOLE = {"due", "completed", "failed", "dropped", "open", "sent", "in_flight", "backlog", "count", "status"}
WHOLE |= {
    "restarts",
    "max_in_flight",
    "lines",
    "unread",
    "late",
    "unrouted",
    "retried",
    "astray",
    "asked",
    "missed",
    "resets",
    "series",
    "unlabelled",
}


def sample_of(kind, **values):
    """Return a record of this class; the key that tells the classes apart keeps its default."""
    return kind(**{field.name: _value(field.name) for field in _free(kind)} | values)


def _free(kind):
    hints = typing.get_type_hints(kind)
    return [
        field
        for field in dataclasses.fields(kind)
        if typing.get_origin(hints[field.name]) is not typing.Literal
    ]


def _value(name):
    if name in VALUES:
        return VALUES[name]
    if name in WHOLE:
        return 0
    return 0.5 if name in NUMBERS or name.endswith("_s") else "text"
