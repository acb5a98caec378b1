"""One request to the application, without a connection."""

import asyncio
import json
from typing import Any

from harness.demo.http.app import App, Refusal, ServedRequest
from harness.demo.http.responses import ServedResponse


class Exchange:
    """What came of a request."""

    def __init__(self, response: ServedResponse) -> None:
        self.status, self.body = response.status, response.body
        _, *lines = response.head.decode("ascii").removesuffix("\r\n").split("\r\n")
        self.headers = dict(line.split(": ", 1) for line in lines)

    def json(self) -> Any:
        return json.loads(self.body)


async def request(
    app: App, method: str, path: str, body: bytes = b"", refusal: Refusal | None = None
) -> Exchange:
    response: asyncio.Future[ServedResponse] = asyncio.get_running_loop().create_future()
    app.handle(ServedRequest(method, path, body, refusal), response.set_result)
    return Exchange(await asyncio.wait_for(response, 5))
