"""A plan made from values, or every violation in them, each with its place."""

from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML

from harness.plan.model import MAX_STAGES, Plan
from harness.plan.router import Router
from harness.plan.rules import rate_violations, source_violations, stage_violations, target_violations
from harness.plan.settings import JudgeSettings, Load
from harness.plan.stage import Stage, Triggers
from harness.plan.targets import LOOPBACK, Targets
from harness.plan.traffic.traffic import Traffic
from harness.plan.yaml.part import PlanLanguage
from harness.plan.yaml.problem import PlanError, Problem, Violation

MAX_VALUES = 20_000


def plan_text(plan: Plan) -> str:
    """Return a plan as the text of a plan file that reads back as an equal plan."""
    text = StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 120
    yaml.dump(plan.to_document(), text)
    return text.getvalue()


def plan_from_document(document: Any, file: str = "run.json") -> Plan:
    """Return the plan that `Plan.to_document` wrote; raises PlanError."""
    found = plan_or_violations(document)
    if isinstance(found, Plan):
        return found
    raise PlanError([Problem(file, None, f"in the plan at {_path(each)}: {each.what}") for each in found])


def plan_or_violations(data: Any) -> Plan | tuple[Violation, ...]:
    """Return the plan that the values of a plan file make, or everything that is wrong with them."""
    if _has_too_many_values(data):
        return (Violation((), f"has more than {MAX_VALUES:,} values, which no plan has"),)
    data = _without_countless_stages(data)
    language = PlanLanguage(_query_names(data))
    try:
        return Plan.model_validate(data, by_alias=True, by_name=False, context=language)
    except ValidationError as error:
        of_parts = [Violation(each["loc"], each["msg"]) for each in error.errors(include_url=False)]
    # The rules between parts are checked even when some parts are wrong: one round shows all problems.
    found = (*of_parts, *_violations_between(_Sound(data, language)))
    return tuple({(each.place, each.what): each for each in found}.values())


def _has_too_many_values(data: Any) -> bool:
    """Whether looking at every value would take long; counts no further than it must."""
    waiting, count = [data], 0
    while waiting and count <= MAX_VALUES:
        value = waiting.pop()
        count += 1
        if isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        if len(waiting) > MAX_VALUES:
            return True
    return count > MAX_VALUES


def _without_countless_stages(data: Any) -> Any:
    """Keep one stage more than there may be: that there are too many is said once, not of each."""
    if isinstance(data, Mapping) and isinstance(data.get("stages"), list):
        return {**data, "stages": data["stages"][: MAX_STAGES + 1]}
    return data


class _Sound:
    """The parts of a faulty plan that are valid by themselves."""

    def __init__(self, data: Any, language: PlanLanguage) -> None:
        self.is_mapping = isinstance(data, Mapping)
        self._data = data if isinstance(data, Mapping) else {}
        self._language = language

    def part(self, kind: Any, key: str, default: Any) -> Any:
        """Return the part of this key, its default if there is none, None if it is invalid."""
        return self.value(kind, self._data[key]) if key in self._data else default

    def has(self, key: str) -> bool:
        """Whether there is something under a key, valid or not."""
        return self._data.get(key) is not None

    def value(self, kind: Any, value: Any) -> Any:
        """Return the value as this kind, None if it is invalid."""
        try:
            return TypeAdapter(kind).validate_python(
                value, by_alias=True, by_name=False, context=self._language
            )
        except ValidationError:
            return None

    def stages(self) -> dict[int, Stage]:
        """Return the valid stages, by position."""
        given = self._data.get("stages")
        read = {
            index: self.value(Stage, stage)
            for index, stage in enumerate(given if isinstance(given, list) else [])
        }
        return {index: stage for index, stage in read.items() if stage is not None}


def _violations_between(sound: _Sound) -> Iterator[Violation]:
    judge = sound.part(JudgeSettings, "judge", JudgeSettings())
    yield from stage_violations(sound.stages(), judge, sound.part(Triggers, "rollback", None) or ())
    if sound.is_mapping:
        yield from source_violations(**{key: sound.has(key) for key in ("load", "targets", "traffic")})
    load, traffic = sound.part(Load, "load", None), sound.part(Traffic, "traffic", None)
    yield from rate_violations(sound.stages(), load, traffic)
    targets = sound.part(Targets, "targets", None)
    allow_hosts = sound.part(tuple[str, ...], "allow_hosts", LOOPBACK)
    if targets is not None and allow_hosts is not None:
        yield from target_violations(targets, allow_hosts, sound.part(Router, "router", None))


def _query_names(data: Any) -> tuple[str, ...]:
    """Return the names of the plan's queries, which are measures, whatever else is wrong with it."""
    for key in ("probes", "prometheus", "queries"):
        data = data.get(key) if isinstance(data, Mapping) else None
    return tuple(str(name) for name in data) if isinstance(data, Mapping) else ()


def _path(violation: Violation) -> str:
    return ".".join(str(step) for step in violation.place) or "the top"
