"""performance-baseline.json: a locked baseline as text."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Final

from pydantic import TypeAdapter, ValidationError

from harness.judge.across_runs.lock import PERCENTILES, SCHEMA, Lock, LockError
from harness.record.strict_json import parse_object

_LOCK: Final = TypeAdapter(Lock)


def lock_to_text(lock: Lock) -> str:
    """Write a lock; the same lock always gives the same text."""
    return json.dumps(asdict(lock), sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def lock_from_text(text: str) -> Lock:
    """Read a lock; LockError says what is wrong."""
    try:
        document = parse_object(text.encode())
    except ValueError as error:
        raise LockError(f"the performance baseline cannot be read ({error}); lock a run again") from None
    schema = document.get("schema")
    if schema != SCHEMA:
        raise LockError(f"the performance baseline has schema {schema!r}, this version reads schema {SCHEMA}")
    try:
        lock = _LOCK.validate_python(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the top"
        raise LockError(f"the performance baseline is not valid at {where}: {first['msg']}") from None
    for stage in lock.stages:
        if missing := [name for name in PERCENTILES if name not in stage.percentiles]:
            raise LockError(f"the performance baseline has no {missing[0]} for stage {stage.name}")
        if stage.failed > stage.requests:
            raise LockError(f"the performance baseline has more failures than requests in stage {stage.name}")
    return lock
