"""One request to the application, without a connection."""

import asyncio
import json
from typing import Any

from harness.demo.http.answers import Answer
from harness.demo.http.app import App, Refusal, ServedRequest


class Exchange:
    """What came of a request."""

    def __init__(self, answer: Answer) -> None:
        self.status, head, self.body = answer
        _, *lines = head.decode("ascii").removesuffix("\r\n").split("\r\n")
        self.headers = dict(line.split(": ", 1) for line in lines)

    def json(self) -> Any:
        return json.loads(self.body)


async def request(
    app: App, method: str, path: str, body: bytes = b"", refusal: Refusal | None = None
) -> Exchange:
    answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    app.take(ServedRequest(method, path, body, refusal), answer.set_result)
    return Exchange(await asyncio.wait_for(answer, 5))
