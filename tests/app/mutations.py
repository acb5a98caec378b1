"""Damages one file of a run directory at a time, as an attacker or a broken disk would."""

import json
import os
import random

NUMBERS = (
    "1e308",
    "-1e308",
    "1e400",
    "NaN",
    "Infinity",
    "-1",
    "0",
    "1e-308",
    "10000000",
    "9" * 30,
    "1e17",
    "-0.0",
)
TEXTS = (
    "",
    "\x1b]0;owned\x07\x1b[31m",
    "[red]red[/red][/nothing]",
    "\u202egnp.exe",
    "x" * 100_000,
    "\ud800",
    "::error::x",
    "##[add-mask]x",
)
KINDS = ("fifo", "directory", "device", "link", "zeros", "nested", "binary")
FILES = ("run.json", "plan.yaml", "events.jsonl", "probes.jsonl", "verdict.json", "stages/*")


def replace_by(kind, path, elsewhere):
    """Put something in the place of a file that is no file of a run."""
    path.unlink(missing_ok=True)
    match kind:
        case "fifo":
            os.mkfifo(path)
        case "directory":
            path.mkdir()
        case "device":
            path.symlink_to("/dev/zero")
        case "link":
            path.symlink_to(elsewhere)
        case "zeros":
            with path.open("wb") as file:
                file.truncate(1 << 30)
        case "nested":
            path.write_text('{"a":' + "[" * 100_000)
        case "binary":
            path.write_bytes(bytes(range(256)) * 100)


def damaged(text, chance: random.Random):
    """Return a JSON document or lines of such with one value replaced, or characters changed."""
    lines = text.split("\n")
    number = chance.randrange(max(len(lines) - 1, 1))
    try:
        whole = json.loads(text)
    except ValueError:
        whole = None
    try:
        document = whole if whole is not None else json.loads(lines[number])
    except ValueError:
        at = chance.randrange(len(text) or 1)
        return text[:at] + chance.choice((*NUMBERS, *TEXTS)) + text[at + chance.randrange(9) :]
    changed = _changed(document, chance)
    if whole is not None:
        return changed
    return "\n".join([*lines[:number], changed, *lines[number + 1 :]])


def _changed(document, chance):
    places = list(_places(document))
    *path, last = chance.choice(places) if places else ("t_s",)
    inner = document
    for key in path:
        inner = inner[key]
    kind = chance.randrange(5)
    if kind == 0:
        del inner[last]
    elif kind == 1:
        inner[last] = chance.choice((None, True, [], {}, [[]], {"a": {}}, [0] * 1000))
    elif kind == 2:
        inner[last] = chance.choice(TEXTS)
    else:
        inner[last] = "@number@"
    return json.dumps(document).replace('"@number@"', chance.choice(NUMBERS))


def _places(value, path=()):
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*path, key)
        yield from _places(inner, (*path, key))


def paths(directory):
    """Return the files of a run directory that are read."""
    return [path for pattern in FILES for path in sorted(directory.glob(pattern))]
