"""Keeps baseline and canary running together, from the first health check to Ctrl-C."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from harness.demo.http.sockets import listen
from harness.demo.variant_process import DemoError, Report, VariantOptions, VariantProcess

OnReady = Callable[[Sequence[VariantProcess]], None]


class PortInUse(DemoError):
    """The port is in use."""


async def supervise(
    options: Sequence[VariantOptions],
    on_ready: OnReady,
    report: Report,
    *,
    restart: bool = False,
    end_with_pid: int | None = None,
) -> bool:
    """Run the variants, call `on_ready` when all are, end them on SIGINT, SIGTERM or a process's end.

    Returns whether that is how it ended: False when all variants ended by themselves. Raises DemoError when
    they cannot start.
    """
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if end_with_pid is not None:
        asyncio.get_running_loop().add_reader(_process_descriptor(end_with_pid), stop.set)
    async with _running(options) as variants:
        if not await _unless(stop, *(variant.until_ready() for variant in variants)):
            return True
        on_ready(variants)
        return not await _unless(stop, *(variant.watch(report, restart=restart) for variant in variants))


@asynccontextmanager
async def _running(options: Sequence[VariantOptions]) -> AsyncIterator[list[VariantProcess]]:
    """Start the variants' processes, and end all of them afterwards."""
    variants: list[VariantProcess] = []
    try:
        for each, listening in zip(options, _listen_all(options), strict=True):
            variants.append(await VariantProcess.start(each, listening))
        yield variants
    finally:
        await asyncio.gather(*(variant.end() for variant in variants))


def _listen_all(options: Sequence[VariantOptions]) -> list[socket.socket]:
    """Open a socket for each variant; raises PortInUse before anything is started."""
    sockets: list[socket.socket] = []
    for each in options:
        try:
            sockets.append(listen(each.port))
        except OSError as error:
            for opened in sockets:
                opened.close()
            raise PortInUse(
                f"port {each.port} for {each.variant}: {os.strerror(error.errno or 0)}; "
                f"choose another with --{each.variant}-port, or 0 for any free one"
            ) from None
    return sockets


async def _unless(stop: asyncio.Event, *work: Coroutine[Any, Any, object]) -> bool:
    """Return whether all the work was done before the stop; the rest is cancelled."""
    tasks = [asyncio.create_task(each) for each in (*work, stop.wait())]
    working, stopping = asyncio.gather(*tasks[:-1]), tasks[-1]
    try:
        await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            return False
        await working
        return True
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)


def _process_descriptor(pid: int) -> int:
    """Open a descriptor that becomes readable when the process ends."""
    try:
        return os.pidfd_open(pid)
    except OSError as error:
        raise DemoError(f"process {pid} cannot be watched: {error.strerror}") from None
