"""One request to an application of granian's interface, without granian."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from granian.rsgi import ProtocolClosed


@dataclass
class Scope:
    method: str
    path: str
    headers: Mapping[str, str]


@dataclass
class Exchange:
    """What granian hands over with a request, and what it is given back."""

    sent: bytes
    cut_short: bool = False
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    async def __call__(self) -> bytes:
        if self.cut_short:
            raise ProtocolClosed
        return self.sent

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        assert not self.status, "a request is answered once"
        self.status, self.headers, self.body = status, dict(headers), body

    def json(self) -> Any:
        return json.loads(self.body)


async def request(
    app: Any,
    method: str,
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    cut_short: bool = False,
) -> Exchange:
    exchange = Exchange(body, cut_short)
    given = {"content-length": str(len(body))} if headers is None else headers
    await asyncio.wait_for(app.__rsgi__(Scope(method, path, given), exchange), 5)
    return exchange
