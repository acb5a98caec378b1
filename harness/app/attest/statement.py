"""The in-toto statement of a run: a function of the files in its directory; anybody can make it again.

https://github.com/in-toto/attestation: a Statement v1 with the predicate `test-result` 0.1.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Final

from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.record.files.foreign_file import is_missing, open_foreign
from harness.record.run_directory import RunDirectory, RunError
from harness.report.kept_verdict import read_verdict

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "https://in-toto.io/attestation/test-result/v0.1"
_FILES: Final = ("events.jsonl", "plan.yaml", "probes.jsonl", "run.json", "verdict.json")
_FOLDERS_OF_LOGS: Final = ("stages", "waiting")
_CONFIGURATION: Final = ("plan.yaml", "run.json")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_IMAGE_DIGEST: Final = re.compile(r".+@sha256:(?P<sha256>[0-9a-f]{64})")
_MAX_LOGS: Final = 1000
_PIECE_BYTES: Final = 1 << 20
Json = dict[str, Any]


def statement_of(run: RunDirectory) -> tuple[Json, Verdict]:
    """Return the statement of a run and the verdict it states; RunError when a file cannot be read."""
    verdict, unjudged = read_verdict(run)
    if verdict is None:
        raise RunError(f"{run.path}: {unjudged}")
    subjects = subjects_of(run)
    return {
        "_type": STATEMENT_TYPE,
        "subject": subjects,
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            # The predicate knows warnings, which a gate must not: whatever is no pass has failed.
            "result": "PASSED" if verdict.outcome is Outcome.PASS else "FAILED",
            "configuration": [one for one in subjects if one["name"] in _CONFIGURATION],
            **_link(run.release),
            "passedTests": list(_tests(verdict, passed=True)),
            "warnedTests": [],
            "failedTests": list(_tests(verdict, passed=False)),
        },
    }, verdict


def subjects_of(run: RunDirectory) -> list[Json]:
    """Return what the statement is about, each with its digest; RunError when a file cannot be read."""
    files = [{"name": name, "digest": {"sha256": digest}} for name, digest in _digests(run.path)]
    return [*_released(run.release), *files]


def text_of(statement: Json) -> str:
    """Write a statement: the same one always gives the same bytes."""
    return json.dumps(statement, indent=1, ensure_ascii=False) + "\n"


def _digests(path: Path) -> Iterator[tuple[str, str]]:
    logs = (sorted((path / folder).glob("*.hlog"))[:_MAX_LOGS] for folder in _FOLDERS_OF_LOGS)
    for file in (*(path / name for name in _FILES), *chain.from_iterable(logs)):
        try:
            if not is_missing(file):
                yield str(file.relative_to(path)), _sha256(file)
        except OSError as error:
            raise RunError(f"{file}: {error.strerror}") from None


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with open_foreign(file) as opened:
        while piece := opened.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _released(release: Mapping[str, str]) -> Iterator[Json]:
    """Name what was released, where it has a digest of its own."""
    if _COMMIT.fullmatch(commit := release.get("commit", "")):
        yield {"name": "commit", "digest": {"gitCommit": commit}}
    if image := _IMAGE_DIGEST.fullmatch(release.get("image", "")):
        yield {"name": release["image"], "digest": {"sha256": image["sha256"]}}


def _link(release: Mapping[str, str]) -> Json:
    return {"url": release["url"]} if "url" in release else {}


def _tests(verdict: Verdict, *, passed: bool) -> Iterator[str]:
    for stage in verdict.stages:
        for finding in stage.findings:
            if (finding.outcome is Outcome.PASS) is passed:
                yield f"{stage.name}: {finding.title}"
    if not passed:
        yield from (f"{name}: did not run" for name in verdict.not_run)
