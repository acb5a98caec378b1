"""One GET with a time limit and a limit of size; anything that goes wrong becomes one sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx

_MAX_BYTES = 16 << 20


class NoAnswer(Exception):
    """There was no usable answer: the text says why; `status` is that of an answer of the wrong kind.

    `is_on_the_way` where the question did not reach the server, for a proxy let it not through.
    """

    def __init__(self, why: str, status: int | None = None, *, is_on_the_way: bool = False) -> None:
        super().__init__(why)
        self.status = status
        self.is_on_the_way = is_on_the_way


async def ask(
    client: httpx.AsyncClient,
    url: str,
    timeout_s: float,
    params: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Return the whole answer, whatever its status; raises NoAnswer."""
    try:
        async with asyncio.timeout(timeout_s):
            return await _read(client, url, params)
    except (TimeoutError, httpx.TimeoutException):
        raise NoAnswer(f"no answer within {timeout_s:g} s") from None
    except httpx.ProxyError as error:
        raise NoAnswer(str(error), is_on_the_way=True) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NoAnswer(f"no answer: {str(error) or type(error).__name__}") from None


async def ask_ok(
    client: httpx.AsyncClient,
    url: str,
    timeout_s: float,
    params: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Return an answer of status 2xx; raises NoAnswer for any other."""
    answer = await ask(client, url, timeout_s, params)
    if not answer.is_success:
        raise NoAnswer(f"HTTP {answer.status_code}", answer.status_code)
    return answer


async def _read(client: httpx.AsyncClient, url: str, params: Mapping[str, str] | None) -> httpx.Response:
    async with client.stream("GET", url, params=params) as answer:
        body = bytearray()
        async for chunk in answer.aiter_bytes():
            body += chunk
            if len(body) > _MAX_BYTES:
                raise NoAnswer(f"the answer is larger than {_MAX_BYTES >> 20} MB", answer.status_code)
        kept = [pair for pair in answer.headers.raw if pair[0].lower() not in _ABOUT_THE_BODY]
        return httpx.Response(answer.status_code, headers=kept, content=bytes(body), default_encoding="utf-8")


# The body is decoded already; these would have it decoded again.
_ABOUT_THE_BODY = (b"content-encoding", b"content-length", b"transfer-encoding")
