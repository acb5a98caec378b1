"""HTTP clients for everything but the load: each reaches servers as one access says."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, contextmanager
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

    def attempts(self, request: httpx.Request) -> Iterator[AbstractContextManager[httpx.Request]]:
        """Yield the request to each address of its host; the next one is for when there was no connection."""
        request.headers.update(self._access.headers)
        if self._access.bearer_file is not None:
            request.headers["authorization"] = authorization_of(self._access.bearer_file)
        host, addresses = request.url.host, self._access.addresses_of(request.url.host)
        if not addresses:
            raise httpx.ConnectError("the host has no address")
        for address in addresses:
            request.url = request.url.copy_with(host=address)
            yield self._attempt(request, is_last=address == addresses[-1])
        request.url = request.url.copy_with(host=host)

    @contextmanager
    def _attempt(self, request: httpx.Request, *, is_last: bool) -> Iterator[httpx.Request]:
        """Raise only the last attempt's failure to connect, and tell the proxy's from the server's."""
        proxy = self._access.proxy
        try:
            yield request
        except _NOT_CONNECTED as error:
            if not is_last:
                return
            if proxy is None or _is_of_tls(error):
                raise
            raise _of_proxy(proxy, str(error) or "no answer in time") from error

    def checked(self, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        """Return the server's answer; raises httpx.ProxyError where it may be the proxy's own."""
        proxy = self._access.proxy
        if proxy is not None and request.url.scheme == "http" and answer.status_code in OF_GATEWAYS:
            raise _of_proxy(proxy, f"it, or the server, answers HTTP {answer.status_code}")
        return answer


class _Transport(httpx.BaseTransport):
    """Sends requests as an access says."""

    def __init__(self, access: Access) -> None:
        self._way = way = _Way(access)
        self._inner = httpx.HTTPTransport(
            access.tls.context(), trust_env=False, limits=_LIMITS, proxy=way.proxy
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the first address of its host that answers."""
        with asking_for(self._way.name_of(request)):
            for attempt in self._way.attempts(request):
                with attempt as sent:
                    answer = self._inner.handle_request(sent)
                    break
            return self._way.checked(request, answer)

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
        with asking_for(self._way.name_of(request)):
            for attempt in self._way.attempts(request):
                with attempt as sent:
                    answer = await self._inner.handle_async_request(sent)
                    break
            return self._way.checked(request, answer)

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
