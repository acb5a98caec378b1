"""The directory a run is kept in: made once, appended to while the run lasts, read ever after."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BaseModel, Field, ValidationError

from harness.plan.yaml.problem import PlanError
from harness.record import journal
from harness.record.evidence_source import EvidenceSource
from harness.record.files.foreign_file import is_missing, read_foreign_text
from harness.record.files.replace import replace_link, replace_text
from harness.record.journal import Journal
from harness.record.run_info import SCHEMA
from harness.record.strict_json import parse_object
from harness.record.vocabulary import Number, Whole

# What only some readers of a run need is loaded by the method that needs it: `harness runs` opens many runs
# and reads the plan, the events and the probes of none.
if TYPE_CHECKING:
    from harness.plan.model import Plan
    from harness.plan.overrides.values import Overrides
    from harness.record.events.approval import Decided
    from harness.record.events.event import Event
    from harness.record.probes import Probe

_MAX_VERDICT_BYTES: Final = 1 << 26
_MAX_RUN_BYTES: Final = 1 << 22
_MAX_RUNS_A_SECOND: Final = 1000
_MAX_NAME: Final = 80
_MAX_STAGES: Final = 1000
_MAX_OVERRIDES: Final = 1000
_MAX_RELEASE_KEYS: Final = 20
ReleaseText = Annotated[str, Field(max_length=1000)]
_YEAR_10000_EPOCH_S: Final = 253_402_300_800


class _Needed(BaseModel, strict=True):
    """What run.json must have to be used; `epoch_s` is in seconds since 1970."""

    schema_number: Whole = Field(alias="schema")
    plan_name: str
    plan: dict[str, Any]
    epoch_s: Annotated[Number, Field(ge=0, lt=_YEAR_10000_EPOCH_S)]
    time_scale: Annotated[Number, Field(gt=0)]
    stages: list[str] = Field(default=[], max_length=_MAX_STAGES)
    release: dict[str, ReleaseText] = Field(default={}, max_length=_MAX_RELEASE_KEYS)
    overridden: list[str] = Field(default=[], alias="set", max_length=_MAX_OVERRIDES)
    variables: dict[str, str] | None = Field(default=None, max_length=_MAX_OVERRIDES)


class RunError(Exception):
    """A run directory cannot be made or read; the text says what is wrong and what to do."""


@dataclass(frozen=True)
class RunDirectory:
    """An existing run directory; `run` is the content of its run.json."""

    path: Path
    run: Mapping[str, Any]

    @classmethod
    def create(
        cls, root: str | Path, plan_name: str, plan_text: str, run_info: Mapping[str, Any]
    ) -> RunDirectory:
        """Make `<root>/<UTC time>-<plan name>/` and point `<root>/latest` at it; RunError when that fails."""
        latest = Path(root) / "latest"
        if os.path.lexists(latest) and not latest.is_symlink():
            # Who reads it later would take what lies there for this run.
            raise RunError(
                f"{latest} is not the link to the newest run that is kept under this name, perhaps after a "
                "copy that followed links; remove or rename it, or choose another directory with --runs DIR"
            )
        started = datetime.fromtimestamp(run_info["epoch_s"], UTC)
        try:
            path = _new_directory(Path(root), f"{started:%Y%m%dT%H%M%SZ}-{_file_name(plan_name)}")
            (path / "stages").mkdir()
            replace_text(path / "plan.yaml", plan_text)
            replace_text(path / "run.json", json.dumps(run_info, indent=2, allow_nan=False) + "\n")
            # Empty files first: one that is missing later was lost.
            for name in ("events.jsonl", "probes.jsonl"):
                (path / name).touch()
            replace_link(latest, path.name)
        except OSError as error:
            raise RunError(
                f"cannot make a run directory in {root}: {error.strerror} ({error.filename})"
            ) from None
        # The first probe comes in the middle of a stage, whose load would be late.
        from harness.record.probes import PROBES

        PROBES.get_ready()
        return cls(path, run_info)

    @classmethod
    def open(cls, path: str | Path) -> RunDirectory:
        """Open a run directory made by this or an earlier version; RunError when `path` is not one."""
        directory = Path(path).resolve()
        if not directory.is_dir():
            raise RunError(f"{path}: there is no such run directory; `harness runs` lists them")
        text = _read(directory / "run.json")
        if text is None:
            raise RunError(f"{path}: has no run.json, so it is not a run directory")
        try:
            run = parse_object(text.encode())
        except ValueError as error:
            raise RunError(f"{directory / 'run.json'}: {error}") from None
        _check_run(directory / "run.json", run)
        return cls(directory, run)

    @cached_property
    def plan(self) -> Plan:
        """The plan the run was made with; RunError when it cannot be read from run.json."""
        from harness.plan.document import plan_from_document

        try:
            return plan_from_document(self.run["plan"])
        except PlanError as error:
            raise RunError(f"{self.path / 'run.json'}: its plan cannot be read:\n{error}") from None

    @property
    def selected(self) -> Sequence[str]:
        """The stages that were selected; none when all were."""
        return tuple(self.run.get("stages", ()))

    @property
    def time_scale(self) -> float:
        """By how much every duration was divided; 1 for a run that is no rehearsal."""
        return float(self.run["time_scale"])

    @property
    def release(self) -> Mapping[str, str]:
        """What was released, as far as it is known: `version`, `commit`, `image` and `url`."""
        known = self.run.get("release", {})
        return {key: known[key] for key in ("version", "commit", "image", "url") if key in known}

    @property
    def overrides(self) -> Overrides:
        """What was replaced in the plan, and the variables it named; RunError for what is no override."""
        from harness.plan.overrides.values import OverrideError, Overrides

        try:
            return Overrides.of(self.run.get("set", ()), self.run.get("variables"))
        except OverrideError as error:
            raise RunError(f"{self.path / 'run.json'}: {error}") from None

    @property
    def source(self) -> EvidenceSource:
        """What produced the windows; RunError when this version does not know it."""
        name = self.run.get("source", EvidenceSource.LOAD)
        try:
            return EvidenceSource(name)
        except ValueError:
            known = ", ".join(EvidenceSource)
            raise RunError(
                f"{self.path / 'run.json'}: source {name!r} is unknown to this version, which knows {known}"
            ) from None

    def stage_hlog_path(self, index: int, name: str) -> Path:
        """Return where a stage's windows are kept; `index` counts from 0, the files from 1."""
        return self.path / "stages" / f"{index + 1:02d}-{_file_name(name)}.hlog"

    def waiting_hlog_path(self, index: int, name: str, request: int) -> Path:
        """Return where the windows are kept that pass while request `request` for a decision is open."""
        return self.path / "waiting" / f"{index + 1:02d}-{_file_name(name)}-{request}.hlog"

    def append_event(self, event: Event) -> None:
        """Append one event; ValueError when it could not be read again."""
        from harness.record.events.event import EVENTS

        journal.append(self.path / "events.jsonl", event, EVENTS)

    def append_decision(self, decision: Decided) -> None:
        """Hand a decision to the run that goes on here; ValueError when it could not be read again."""
        from harness.record.events.event import EVENTS

        journal.append(self.decisions_path, decision, EVENTS)

    @property
    def decisions_path(self) -> Path:
        """Where people outside the run's process put their decisions."""
        return self.path / "decisions.jsonl"

    def append_probe(self, probe: Probe) -> None:
        """Append one probe, NaN as null; ValueError when it could not be read again."""
        from harness.record.probes import PROBES

        journal.append(self.path / "probes.jsonl", probe, PROBES)

    def events(self) -> Journal[Event]:
        """Read all events; unreadable lines become problems."""
        from harness.record.events.event import EVENTS

        return journal.read(self.path / "events.jsonl", EVENTS)

    def probes(self) -> Journal[Probe]:
        """Read all probes; unreadable lines become problems."""
        from harness.record.probes import PROBES

        return journal.read(self.path / "probes.jsonl", PROBES)

    def read_plan_text(self) -> str:
        """Return the text of plan.yaml as it was given; RunError when it cannot be read.

        The error goes into the verdict, so it does not say where the directory lies on this machine.
        """
        text = _read(self.path / "plan.yaml", shown="plan.yaml")
        if text is None:
            raise RunError("plan.yaml: is missing")
        return text

    def write_verdict(self, text: str) -> None:
        """Put verdict.json in place, whole."""
        replace_text(self.path / "verdict.json", text)

    def read_verdict(self) -> str | None:
        """Return the text of verdict.json, None when the run was not judged yet."""
        return _read(self.path / "verdict.json", _MAX_VERDICT_BYTES)


def _file_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:_MAX_NAME].strip("-.") or "unnamed"


def _new_directory(root: Path, name: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for number in range(1, _MAX_RUNS_A_SECOND):
        path = root / (name if number == 1 else f"{name}-{number}")
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path.resolve()
    raise RunError(f"{root} already has {_MAX_RUNS_A_SECOND - 1} runs called {name}; remove some")


def _read(path: Path, max_bytes: int = _MAX_RUN_BYTES, shown: str | None = None) -> str | None:
    if is_missing(path):
        return None
    try:
        return read_foreign_text(path, max_bytes)
    except OSError as error:
        raise RunError(f"{shown or path}: {error.strerror}") from None


def _check_run(path: Path, run: Mapping[str, Any]) -> None:
    schema = run.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        raise RunError(
            f"{path}: was written by a newer version of this tool (schema {schema}, this one reads {SCHEMA})"
        )
    try:
        _Needed.model_validate(run)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise RunError(f"{path}: field {first['loc'][0]!r}: {first['msg']}") from None
