"""A TCP proxy with a temper: it delays, stalls once, and breaks every connection once."""

import asyncio
import threading
from contextlib import contextmanager


class Proxy:
    """Forwards bytes to a port, each way later by `delay_s`."""

    def __init__(self, target_port, delay_s):
        self.target_port = target_port
        self.delay_s = delay_s
        self.stalled = asyncio.Event()
        self.stalled.set()
        self.writers = set()

    async def serve(self, reader, writer):
        """Carry one connection both ways until either side ends it."""
        try:
            other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.close()
            return
        self.writers |= {writer, other_writer}
        await asyncio.gather(self._carry(reader, other_writer), self._carry(other_reader, writer))

    async def _carry(self, reader, writer):
        loop = asyncio.get_running_loop()
        try:
            while data := await reader.read(65536):
                await self.stalled.wait()
                loop.call_later(self.delay_s, self._write, writer, data)
        except OSError:
            pass
        finally:
            loop.call_later(self.delay_s, writer.close)

    @staticmethod
    def _write(writer, data):
        if not writer.is_closing():
            writer.write(data)

    def stall(self, seconds):
        """Hold everything back for a while."""
        self.stalled.clear()
        asyncio.get_running_loop().call_later(seconds, self.stalled.set)

    def break_all(self):
        """Cut every connection; whoever wants may connect again."""
        for writer in self.writers:
            writer.transport.abort()
        self.writers.clear()


@contextmanager
def proxying(target_port, delay_s=0.02):
    """Run a proxy in a thread; yields its port and a function that calls one of its methods."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def begin():
        proxy = Proxy(target_port, delay_s)
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
        return proxy, server

    proxy, server = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)

    def call(name, *arguments):
        async def run():
            getattr(proxy, name)(*arguments)

        asyncio.run_coroutine_threadsafe(run(), loop).result(10)

    async def finish():
        proxy.break_all()
        server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    try:
        yield server.sockets[0].getsockname()[1], call
    finally:
        asyncio.run_coroutine_threadsafe(finish(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
