"""Logged requests as columns: what a batch of lines says, ready to be counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harness.observe.access_log.attribution import LogAttribution
from harness.observe.access_log.clients import NO_CLIENT, client_number
from harness.observe.access_log.formats import format_of
from harness.observe.access_log.lines import Row
from harness.observe.access_log.local_times import Reference, UnclearTime
from harness.observe.access_log.moments import Moments
from harness.observe.access_log.resolution import Resolution, spread_s
from harness.observe.endpoints import EndpointNames
from harness.observe.variant_values import Owner
from harness.plan.traffic.log_fields import LogField, NamedField, missing, resolved
from harness.plan.traffic.traffic import MAX_STATUS, Traffic

_MAX_KNOWN: Final = 20_000
_MAX_LOOKED_AT: Final = 1_000
_UNREADABLE: Final = (ValueError, TypeError, OverflowError, AttributeError)
"""What the facts of a line raise that are not what they should be."""
_MAX_S: Final = 253_402_300_800.0
"""The year 10000, in seconds since 1970; no request takes as long as that."""
_ABORTED: Final = 499
"""What nginx and Traefik log when the client went away."""
_RETRIED: Final = 1
_GIVEN_UP: Final = 2
_APART: Final = ("", " (client error)", " (aborted)")
"""What is added to the endpoint of a response that is neither good nor the service's failure."""


@dataclass(frozen=True, eq=False)
class LoggedRequests:
    """The requests of a batch, one element each, and how many lines could not be read."""

    ended_s: NDArray[np.float64]
    """Seconds since 1970."""
    response_s: NDArray[np.float64]
    service_s: NDArray[np.float64]
    """NaN where the log does not tell."""
    status: NDArray[np.int64]
    owner: NDArray[np.int64]
    endpoint: NDArray[np.int64]
    """Position in the reader's `endpoints`."""
    failed: NDArray[np.bool_]
    retried: NDArray[np.bool_]
    given_up: NDArray[np.bool_]
    """Whether it failed because the router asked another variant, whose response is the one logged."""
    client: NDArray[np.int64]
    """A number of the client, `NO_CLIENT` where it is not known."""
    unread: int


class LogReader:
    """Turns lines of a plan's log into requests.

    `reference` tells what a time without a zone means where the clocks change, and may raise UnclearTime;
    `named` has the endpoints that the plan's criteria name.
    """

    def __init__(self, traffic: Traffic, reference: Reference, named: Sequence[str] = ()) -> None:
        log = traffic.log
        log_format = format_of(log, log.variant.field, *filter(None, [log.client]))
        self._format, self._moments = log_format, Moments(log.zone, reference)
        self._resolution = Resolution()
        self._plan_s_own = [log.variant.field, *filter(None, [log.client])]
        self._endpoints = EndpointNames(log.endpoints, named)
        self._failed = np.isin(np.arange(MAX_STATUS + 1), list(log.failed_statuses))
        self._to_look_at, self._known = _MAX_LOOKED_AT, set[str]()
        self._fields: dict[LogField, NamedField] | None = None
        self._attribution = LogAttribution(log.variant, has_addresses=log_format.has_addresses)
        self.named = [f"{name}{more}" for name in named for more in _APART]
        """The endpoints that are told apart in any case."""
        self.tells_clients = log.client is not None
        """Whether the plan says what tells a client."""
        self.endpoints: list[str] = []
        """The endpoints seen, by number."""
        self._numbers: dict[str, int] = {}
        self._endpoint_of = _Known(self._number)
        self._owner_of = _Known(self._owner)
        self._upstream_s_of = _Known(_sum_of_tries)
        self._client_of = _Known(client_number)
        self._abort_of = _Known(lambda flags: log_format.is_abort(str(flags)))

    def read(self, chunk: bytes) -> LoggedRequests:
        """Read whole lines."""
        if self._to_look_at:
            self._look(chunk)
        fields = self._fields
        if fields is None:
            return self._requests({}, [], chunk.count(b"\n"))
        names = [*(named.name for named in fields.values()), *self._plan_s_own]
        rows, unread = self._format.lines.rows(chunk, names)
        place = list(fields).index(LogField.DURATION)
        if not self._resolution.is_enough((row[place] for row in rows), fields[LogField.DURATION].unit_s):
            return self._requests({}, [], unread + len(rows))
        try:
            return self._spread(self._requests(fields, rows, unread))
        except _UNREADABLE:
            good = [row for row in rows if self._is_readable(fields, row)]
            return self._spread(self._requests(fields, good, unread + len(rows) - len(good)))

    def _look(self, chunk: bytes) -> None:
        """Choose the name of each fact by the first lines, of which some may leave out what others have."""
        names = self._format.names
        for known in islice(self._format.lines.known(chunk), self._to_look_at):
            if not any(missing(names, known)):
                self._to_look_at -= 1
                self._known.update(known)
        if self._known:
            self._fields = resolved(names, self._known)

    def _spread(self, requests: LoggedRequests) -> LoggedRequests:
        offsets_s = spread_s(requests.response_s, requests.ended_s, rounds_down=self._format.rounds_down)
        response_s, service_s = (
            np.abs(taken_s + offsets_s) for taken_s in (requests.response_s, requests.service_s)
        )
        return replace(requests, response_s=response_s, service_s=service_s)

    def _is_readable(self, fields: Mapping[LogField, NamedField], row: Row) -> bool:
        try:
            self._requests(fields, [row], 0)
        except UnclearTime:
            return True  # of itself: the lines before it may tell
        except _UNREADABLE:
            return False
        return True

    def _requests(
        self, fields: Mapping[LogField, NamedField], rows: Sequence[Row], unread: int
    ) -> LoggedRequests:
        if not rows:
            nothing = np.empty(0)
            whole, flags = nothing.astype(np.int64), nothing.astype(np.bool_)
            return LoggedRequests(
                nothing, nothing, nothing, whole, whole, whole, flags, flags, flags, whole, unread
            )
        columns = list(zip(*rows, strict=True))
        column: dict[LogField, tuple[object, ...]] = dict(zip(fields, columns, strict=False))
        variants, *clients = columns[len(fields) :]
        times_s = np.array(self._moments.of(column[LogField.TIME]), dtype=np.float64)
        response_s = _numbers(column[LogField.DURATION]) * fields[LogField.DURATION].unit_s
        status = _whole(column[LogField.STATUS])
        _check(times_s, response_s)
        shown = np.clip(status, 0, MAX_STATUS)
        owner, retried, given_up = self._owners(column, variants)
        failed = self._failed[shown] | given_up
        # Routers log a status below 100 where they sent no answer.
        aborted = (status == _ABORTED) | (status < 100)
        if flags_column := column.get(LogField.FLAGS):
            aborted |= np.array(list(map(self._abort_of.__getitem__, flags_column)), dtype=np.bool_)
        aborted &= ~failed
        apart = np.where(aborted, 2, ((shown >= 400) & (shown < 500) & ~failed).astype(np.int64))
        # An error of the router's own is one that a user got and no version can be blamed for.
        owner[(owner == Owner.ROUTER) & failed] = Owner.UNATTRIBUTED
        return LoggedRequests(
            ended_s=times_s + response_s if self._format.begins else times_s,
            response_s=response_s,
            service_s=self._service_s(fields, column, len(rows)),
            status=status,
            owner=owner,
            endpoint=self._endpoint_numbers(column, apart),
            failed=failed,
            retried=retried,
            given_up=given_up,
            client=self._clients(clients, len(rows)),
            unread=unread,
        )

    def _owners(
        self, column: Mapping[LogField, tuple[object, ...]], variants: tuple[object, ...]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
        upstream = column.get(LogField.UPSTREAM)
        keys = variants if upstream is None else zip(variants, upstream, strict=True)
        found = np.array(list(map(self._owner_of.__getitem__, keys)), dtype=np.int64)
        told = found // len(Owner)
        retried, given_up = (told & _RETRIED) > 0, (told & _GIVEN_UP) > 0
        if retries := column.get(LogField.RETRIES):
            retried |= np.array(
                [bool(tries) and str(tries).strip("+") not in ("0", "1", "-") for tries in retries]
            )
        return found % len(Owner), retried, given_up

    def _clients(self, columns: Sequence[tuple[object, ...]], count: int) -> NDArray[np.int64]:
        if not columns:
            return np.full(count, NO_CLIENT, dtype=np.int64)
        return np.array(list(map(self._client_of.__getitem__, columns[0])), dtype=np.int64)

    def _owner(self, key: Any) -> int:
        value, upstream = key if isinstance(key, tuple) else (key, None)
        found = self._attribution.owner(value, upstream, has_upstream=isinstance(key, tuple))
        return found.owner + len(Owner) * (_RETRIED * found.is_retried + _GIVEN_UP * found.is_given_up)

    def _service_s(
        self, fields: Mapping[LogField, NamedField], column: Mapping[LogField, tuple[object, ...]], count: int
    ) -> NDArray[np.float64]:
        values = column.get(LogField.UPSTREAM_DURATION)
        if values is None:
            return np.full(count, np.nan)
        try:
            taken = _numbers(values)
        except (ValueError, TypeError):
            taken = np.array(list(map(self._upstream_s_of.__getitem__, values)), dtype=np.float64)
        taken[~np.isfinite(taken) | (taken < 0)] = np.nan
        return taken * fields[LogField.UPSTREAM_DURATION].unit_s

    def _endpoint_numbers(
        self, column: Mapping[LogField, tuple[object, ...]], apart: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        if (lines := column.get(LogField.REQUEST)) is not None:
            bases = np.array(list(map(self._endpoint_of.__getitem__, _without_query(lines))), dtype=np.int64)
        else:
            paths = column[LogField.PATH]
            methods = column.get(LogField.METHOD, ("",) * len(paths))
            if None in methods:
                # Envoy logs neither for what it could not read as a request.
                paths = tuple(
                    "" if method is None is path else path
                    for path, method in zip(paths, methods, strict=True)
                )
            pairs = zip(methods, _without_query(paths), strict=True)
            bases = np.array(list(map(self._endpoint_of.__getitem__, pairs)), dtype=np.int64)
        return bases + apart

    def _number(self, request: Any) -> int:
        """Return the number of a request line's or a pair's endpoint, and take the two after it as well."""
        method, path = request if isinstance(request, tuple) else _parts(request)
        name = self._endpoints.name(str(method or ""), str(path))
        if name not in self._numbers:
            self._numbers[name] = len(self.endpoints)
            self.endpoints += [f"{name}{more}" for more in _APART]
        return self._numbers[name]


class _Known(dict[Any, Any]):
    """Remembers what `find` returned, within bounds: a dictionary's lookup is faster than any function."""

    def __init__(self, find: Callable[[Any], Any]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, key: Any) -> Any:
        if len(self) >= _MAX_KNOWN:
            self.clear()
        found = self[key] = self._find(key)
        return found


def _without_query(texts: Sequence[Any]) -> list[str]:
    """Cut paths or request lines before their query, so that few of them differ."""
    return [text.partition("?")[0] for text in texts]


def _parts(line: object) -> tuple[str, str]:
    method, _, rest = str(line).partition(" ")
    return method, rest.rpartition(" ")[0] or rest


def _numbers(values: Sequence[Any]) -> NDArray[np.float64]:
    return np.array(list(map(float, values)))


def _whole(values: Sequence[Any]) -> NDArray[np.int64]:
    return np.array(list(map(int, values)), dtype=np.int64)


def _check(times_s: NDArray[np.float64], response_s: NDArray[np.float64]) -> None:
    # What is not a number compares with none.
    if not ((np.abs(times_s) < _MAX_S).all() and (response_s >= 0).all() and (response_s < _MAX_S).all()):
        raise ValueError("a time or a duration is not a number, or too large to be one")


def _sum_of_tries(value: object) -> float:
    """Add up what several tries took: `0.010, 0.020 : 0.005`; NaN where no upstream was asked."""
    taken = [part for part in str(value).replace(" : ", ", ").split(", ") if part not in ("-", "", "None")]
    try:
        return sum(map(float, taken)) if taken else float("nan")
    except ValueError:
        return float("nan")
