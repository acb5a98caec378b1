"""Writes the signed statement of a run, and checks one against its signature and the files it is about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from harness.app.attest.signer import Checker, Signer
from harness.app.attest.signing_program import SigningError
from harness.app.attest.statement import statement_of, subjects_of, text_of
from harness.judge.verdict import Verdict
from harness.record.files.foreign_file import is_missing, read_foreign_text
from harness.record.files.replace import replace_text
from harness.record.run_directory import RunDirectory
from harness.record.strict_json import parse_object

STATEMENT: Final = "statement.json"
_MAX_BYTES: Final = 1 << 22


class Refused(Exception):
    """A statement that does not hold; the text says what is wrong."""


@dataclass(frozen=True)
class Verified:
    """A statement that holds: whose it is, the verdict it states, and how many files it covers."""

    signer: str
    verdict: Verdict
    files: int


def attest(run: RunDirectory, signer: Signer) -> Path:
    """Write and sign the statement of a run; raises SigningError and RunError."""
    statement, _ = statement_of(run)
    text = text_of(statement)
    signature = signer.sign(text)
    replace_text(run.path / STATEMENT, text)
    replace_text(run.path / signer.signature_name, signature)
    return run.path / STATEMENT


def verify(run: RunDirectory, checker: Checker) -> Verified:
    """Check who signed the statement of a run, and that every file is as it was then.

    Raises Refused, and RunError for a file of the run that cannot be read.
    """
    if is_missing(run.path / STATEMENT):
        raise Refused(f"{STATEMENT} is missing; `harness golive --signing-key` writes one")
    text, signature = (_read(run.path / name) for name in (STATEMENT, checker.signature_name))
    try:
        signer = checker.signer_of(text, signature)
    except SigningError as error:
        raise Refused(str(error)) from None
    try:
        stated = parse_object(text.encode())
    except ValueError as error:
        raise Refused(f"{STATEMENT}: {error}") from None
    then, now = _digests(stated.get("subject")), _digests(subjects_of(run))
    for name in sorted({*then, *now}):
        if then.get(name) != now.get(name):
            raise Refused(f"{name} is not what was signed")
    statement, verdict = statement_of(run)
    if stated != statement:
        raise Refused("the statement contradicts the files")
    return Verified(signer, verdict, len(now))


def _read(path: Path) -> str:
    try:
        return read_foreign_text(path, _MAX_BYTES)
    except OSError as error:
        raise Refused(f"{path.name} {error.strerror}") from None


def _digests(subjects: object) -> dict[str, Any]:
    """Return the digest of each subject by name; a statement may hold anything."""
    listed = subjects if isinstance(subjects, list) else []
    return {str(one.get("name")): one.get("digest") for one in listed if isinstance(one, dict)}
