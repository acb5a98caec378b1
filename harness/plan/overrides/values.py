"""Values of a plan that are replaced from outside, by `--set KEY=VALUE`, and the variables that it names."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from harness.plan.client.secrets import is_secret
from harness.plan.criteria.quantity import shown
from harness.plan.targets import LOOPBACK, host_of
from harness.plan.yaml.problem import KeyPath, Problem
from harness.plan.yaml.source import Source, SourceError, kind_of, read_source
from harness.plan.yaml.variables import REDACTED, Variables, tells_no_secret

_EVERY = "*"
_KINDS_OF_TARGETS = ({"baseline", "control", "canary"}, {"ingress", "variant_header"}, {"embedded"})


class OverrideError(ValueError):
    """An override that cannot be applied; the text says what to write instead."""


@dataclass(frozen=True)
class Override:
    """One value as YAML, and the dotted path to it: stages by name, by number from 0, or `*` for all.

    `option` is the shorter one that gave it, if any.
    """

    key: str
    text: str
    option: str | None = None

    @classmethod
    def parse(cls, argument: str) -> Self:
        """Read `KEY=VALUE`; raises OverrideError."""
        key, found, text = argument.partition("=")
        if not found or not key.strip():
            raise OverrideError(f"--set {shown(argument)}: write KEY=VALUE, such as load.arrival_rate=500/s")
        return cls(key.strip(), text.strip())

    def __str__(self) -> str:
        return f"{self.key}={self.text}"


@dataclass(frozen=True)
class Overrides:
    """The values to replace, in order, and the variables; without variables `${NAME}` stays as it is."""

    values: tuple[Override, ...] = ()
    variables: Mapping[str, str] | None = None

    @classmethod
    def of(cls, arguments: Iterable[str], variables: Mapping[str, str] | None) -> Self:
        """Return the overrides of `KEY=VALUE` arguments; raises OverrideError."""
        return cls(tuple(map(Override.parse, arguments)), variables)

    @property
    def secret_variables(self) -> tuple[str, ...]:
        """The variables of the environment that stand in secrets of a plan that was read."""
        return tuple(name for name, value in (self.variables or {}).items() if value == REDACTED)


NO_OVERRIDES: Final = Overrides()


def shortcuts(
    baseline: str | None = None,
    canary: str | None = None,
    ingress: str | None = None,
    rate: str | None = None,
    release: str | None = None,
) -> Iterator[Override]:
    """Yield what the shorter options stand for; a rate is that of every stage."""
    given = {
        ("targets.baseline", "--baseline"): baseline,
        ("targets.canary", "--canary"): canary,
        ("targets.ingress", "--ingress"): ingress,
        ("load.arrival_rate", "--rate"): rate,
        ("release.version", "--release"): release,
    }
    for (key, option), text in given.items():
        if text is not None:
            yield Override(key, json.dumps(text), option)
    if rate is not None:
        yield Override("stages.*.arrival_rate", "null", "--rate")


def apply(source: Source, values: Iterable[Override], variables: Variables | None) -> Iterator[Problem]:
    """Replace values of a plan file that was read; yields what is wrong with them."""
    names_target = False
    for override in values:
        option = override.option or f"--set {override.key}"
        try:
            given, problems = _read(override, variables)
            yield from (Problem(option, None, what) for what in problems)
            if not isinstance(source.data, dict):
                return
            for place in list(_put(source.data, override.key, given.data)):
                _refuse_secrets(place, override.text, given)
                source.overridden[place] = option
                source.typed |= {(*place, *inner): value for inner, value in given.typed.items()}
                names_target |= place[0] == "targets"
        except (OverrideError, SourceError) as error:
            yield Problem(option, None, str(error))
    if names_target:
        _allow_hosts(source.data)


def _read(override: Override, variables: Variables | None) -> tuple[Source, list[str]]:
    """Read the value of an override; text that YAML takes for a number stays text where that fits."""
    if kind_of(override.text) != "str" or not override.text:
        plain = Source(override.text, spans={(): (0, len(override.text))})
        plain.typed[()] = read_source(override.text).data if override.text else None
        return plain, []
    place = tuple(override.key.split("."))
    source = read_source(override.text, variables, lambda inner: is_secret((*place, *inner)))
    return source, [what for _, what in source.problems]


def _put(data: Any, key: str, value: Any, above: KeyPath = ()) -> Iterator[KeyPath]:
    """Put a value at a dotted path and yield the places; raises OverrideError."""
    for step, rest in _steps(data, key):
        place = (*above, step)
        if above == ("targets",) and isinstance(data, dict):
            _leave_other_kinds(data, str(step))
        if not rest:
            data[step] = value
            yield place
            continue
        inner = data.get(step) if isinstance(data, dict) else data[step]
        if not isinstance(inner, dict | list):
            inner = data[step] = {}
        yield from _put(inner, rest, value, place)


def _steps(data: Any, key: str) -> Iterator[tuple[str | int, str]]:
    """Yield the first step of a path in this part of a plan, and what is left of it.

    A key of the plan may have dots itself, as endpoints do: the longest one that is there comes first.
    """
    if isinstance(data, dict):
        known = (name for name in data if key == name or key.startswith(f"{name}."))
        step = max(known, key=len, default=key.partition(".")[0])
        yield step, key[len(step) + 1 :]
        return
    names = {_name_of(item, index): index for index, item in enumerate(data)}
    if key == _EVERY or key.startswith(f"{_EVERY}."):
        yield from ((index, key[2:]) for index in names.values())
        return
    known = (name for name in names if key == name or key.startswith(f"{name}."))
    found = max(known, key=len, default=None)
    if found is not None:
        yield names[found], key[len(found) + 1 :]
        return
    first, _, rest = key.partition(".")
    if not first.isdecimal() or int(first) >= len(data):
        raise OverrideError(f"there is no {shown(first)}; write one of {', '.join(names)}, or * for all")
    yield int(first), rest


def _name_of(item: Any, index: int) -> str:
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) else str(index)


def _leave_other_kinds(targets: dict[str, Any], step: str) -> None:
    """Remove what contradicts a target given from outside: addresses, router, embedded service."""
    for keys in _KINDS_OF_TARGETS:
        if step not in keys and any(step in other for other in _KINDS_OF_TARGETS):
            for key in keys & targets.keys():
                del targets[key]


def _refuse_secrets(place: KeyPath, text: str, given: Source) -> None:
    """Refuse a secret that the list of processes would show; raises OverrideError."""
    for inner, (start, end) in given.spans.items():
        if is_secret((*place, *inner)) and not tells_no_secret(text[start:end].strip("\"'")):
            raise OverrideError(
                "a secret is not written on the command line; write `${NAME}` and set the variable"
            )


def _allow_hosts(data: Any) -> None:
    """Let load go to targets that a person named, unless the plan itself says where it may go."""
    targets = data.get("targets")
    if "allow_hosts" not in data and isinstance(targets, dict):
        urls = [targets.get(key) for key in ("baseline", "control", "canary", "ingress")]
        data["allow_hosts"] = [*LOOPBACK, *(_host(url) for url in urls if isinstance(url, str))]


def _host(url: str) -> str:
    try:
        return host_of(url) or LOOPBACK[0]
    except ValueError:
        # Not an address; the target's own check says so.
        return LOOPBACK[0]
