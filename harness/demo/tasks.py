"""The tasks of the service: a small bounded store of encoded bodies."""

from itertools import chain, islice
from typing import Any

import orjson

SEEDED = 20
LISTED = 20
MAX_CREATED = 1000
MAX_TITLE = 200
PRIORITIES = ("low", "normal", "high")


class InvalidTask(ValueError):
    """A body that is not a valid task; the text says what to write instead."""


class TaskStore:
    """Twenty tasks that always exist, and the newest thousand created ones."""

    def __init__(self) -> None:
        self._seeded = {
            str(number): _encode(number, _seeded_fields(number)) for number in range(1, SEEDED + 1)
        }
        self._created: dict[str, bytes] = {}
        self._next_id = SEEDED + 1
        self._newest: bytes | None = None

    def newest(self) -> bytes:
        """Return the twenty newest tasks as a JSON array."""
        if self._newest is None:
            newest_first = chain(reversed(self._created.values()), reversed(self._seeded.values()))
            self._newest = b"[" + b",".join(islice(newest_first, LISTED)) + b"]"
        return self._newest

    def read(self, task_id: str) -> bytes | None:
        """Return one task as JSON, None when it does not exist."""
        return self._seeded.get(task_id) or self._created.get(task_id)

    def create(self, body: bytes) -> tuple[int, bytes]:
        """Keep the task a JSON body describes and return its id and JSON; raises InvalidTask."""
        fields = parse_task(body)
        number = self._next_id
        self._next_id += 1
        self._created[str(number)] = encoded = _encode(number, fields)
        if len(self._created) > MAX_CREATED:
            del self._created[next(iter(self._created))]
        self._newest = None
        return number, encoded


def parse_task(body: bytes) -> dict[str, Any]:
    """Read the fields of a new task: `title`, and optionally `priority` and `done`; raises InvalidTask."""
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidTask(f"the body is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise InvalidTask('the body must be a JSON object, such as {"title": "Rotate the keys"}')
    if unknown := given.keys() - {"title", "priority", "done"}:
        raise InvalidTask(f"unknown field {sorted(unknown)[0][:40]!r}; a task has title, priority and done")
    title, priority, done = given.get("title"), given.get("priority", "normal"), given.get("done", False)
    if not isinstance(title, str) or not 1 <= len(title) <= MAX_TITLE:
        raise InvalidTask(f"title must be a string of 1 to {MAX_TITLE} characters")
    if priority not in PRIORITIES:
        raise InvalidTask(f"priority must be one of {', '.join(PRIORITIES)}")
    if not isinstance(done, bool):
        raise InvalidTask("done must be true or false")
    return {"title": title, "priority": priority, "done": done}


def _seeded_fields(number: int) -> dict[str, Any]:
    service = ("billing", "search", "checkout", "accounts", "gateway")[number % 5]
    return {
        "title": f"Review the rollout of {service}, part {number}",
        "priority": PRIORITIES[number % 3],
        "done": number % 4 == 0,
    }


def _encode(number: int, fields: dict[str, Any]) -> bytes:
    return orjson.dumps({"id": number, **fields})
