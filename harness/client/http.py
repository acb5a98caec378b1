"""HTTP clients for everything but the load: each reaches servers as one access says."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Final

import httpx

from harness.client.access import Access
from harness.client.bearer import authorization_of
from harness.client.proxy import OF_GATEWAYS, Proxy
from harness.client.tls import asking_for

_LIMITS: Final = httpx.Limits(max_connections=50)
AsyncClients = Mapping[str, httpx.AsyncClient]
"""Clients by the name of whom they talk to."""
_NOT_CONNECTED: Final = (httpx.ProxyError, httpx.ConnectError, httpx.ConnectTimeout)


def client_of(access: Access, timeout_s: float) -> httpx.Client:
    """Return a client; raises TlsError for settings that cannot be used.

    A request that did not get past a proxy raises httpx.ProxyError: it says nothing of the server.
    """
    return httpx.Client(timeout=timeout_s, trust_env=False, transport=_Transport(access))


def async_client_of(access: Access, timeout_s: float) -> httpx.AsyncClient:
    """Return the same, for many requests at a time."""
    return httpx.AsyncClient(timeout=timeout_s, trust_env=False, transport=_AsyncTransport(access))


@asynccontextmanager
async def async_clients_of(accesses: Mapping[str, Access], timeout_s: float) -> AsyncIterator[AsyncClients]:
    """Open a client for each access, by its name; raises TlsError."""
    async with AsyncExitStack() as opened:
        yield {
            name: await opened.enter_async_context(async_client_of(access, timeout_s))
            for name, access in accesses.items()
        }


class _Way:
    """How requests of an access are addressed, and what their failures say."""

    def __init__(self, access: Access) -> None:
        self._access = access

    @property
    def proxy(self) -> httpx.Proxy | None:
        """The proxy as httpx takes it."""
        return _httpx_proxy(self._access.proxy) if self._access.proxy is not None else None

    def name_of(self, request: httpx.Request) -> str:
        """Return what the server of a request must prove to be called, at whichever address it is."""
        return self._access.tls.server_name or request.url.host

    def attempts(self, request: httpx.Request) -> Iterator[httpx.Request]:
        """Yield the request to each address of its host; the next one is for when there was no connection."""
        request.headers.update(self._access.headers)
        if self._access.bearer_file is not None:
            request.headers["authorization"] = authorization_of(self._access.bearer_file)
        url = request.url
        for address in self._access.addresses_of(url.host):
            request.url = url.copy_with(host=address)
            yield request
        request.url = url

    @contextmanager
    def failing(self) -> Iterator[None]:
        """Tell what the proxy did from what the server did."""
        proxy = self._access.proxy
        try:
            yield
        except _NOT_CONNECTED as error:
            if proxy is None or _is_of_tls(error):
                raise
            raise _of_proxy(proxy, str(error) or "no answer in time") from error

    def check(self, request: httpx.Request, answer: httpx.Response) -> None:
        """Refuse an answer that may be the proxy's own; raises httpx.ProxyError."""
        proxy = self._access.proxy
        if proxy is not None and request.url.scheme == "http" and answer.status_code in OF_GATEWAYS:
            raise _of_proxy(proxy, f"it, or the server, answers HTTP {answer.status_code}")


class _Transport(httpx.BaseTransport):
    """Sends requests as an access says."""

    def __init__(self, access: Access) -> None:
        self._way = way = _Way(access)
        self._inner = httpx.HTTPTransport(
            access.tls.context(), trust_env=False, limits=_LIMITS, proxy=way.proxy
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the first address of its host that answers."""
        failure: Exception = httpx.ConnectError("the host has no address")
        with asking_for(self._way.name_of(request)):
            for attempt in self._way.attempts(request):
                try:
                    with self._way.failing():
                        answer = self._inner.handle_request(attempt)
                except _NOT_CONNECTED as error:
                    failure = error
                    continue
                self._way.check(request, answer)
                return answer
        raise failure

    def close(self) -> None:
        """Close every connection."""
        self._inner.close()


class _AsyncTransport(httpx.AsyncBaseTransport):
    """The same, for many requests at a time."""

    def __init__(self, access: Access) -> None:
        self._way = way = _Way(access)
        self._inner = httpx.AsyncHTTPTransport(
            access.tls.context(), trust_env=False, limits=_LIMITS, proxy=way.proxy
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the first address of its host that answers."""
        failure: Exception = httpx.ConnectError("the host has no address")
        with asking_for(self._way.name_of(request)):
            for attempt in self._way.attempts(request):
                try:
                    with self._way.failing():
                        answer = await self._inner.handle_async_request(attempt)
                except _NOT_CONNECTED as error:
                    failure = error
                    continue
                self._way.check(request, answer)
                return answer
        raise failure

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()


def _httpx_proxy(proxy: Proxy) -> httpx.Proxy:
    return httpx.Proxy(proxy.url, auth=(proxy.user, proxy.password) if proxy.authorization else None)


def _of_proxy(proxy: Proxy, reason: str) -> httpx.ProxyError:
    return httpx.ProxyError(f"the proxy {proxy}: {reason}")


def _is_of_tls(error: BaseException | None) -> bool:
    """Whether a server was reached, and its certificate or ours refused."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error is not None
