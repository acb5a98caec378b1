"""A worker's side of a distributed run: follows the master's orders, sends windows until acknowledged.

Messages may be lost, so everything that matters is repeated until it is acknowledged. A worker that does not
hear from its master for a few seconds stops by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from harness.load.generator import Generator, StageLoad, WorkerShare
from harness.load.readiness import Readiness
from harness.load.workers.shares import pack_share
from harness.record.histograms.window import ClosedWindow
from harness.record.histograms.wire import Message, add_checksums, checksum
from harness.record.sources.usage import UsageGauge

HELLO, USERS, STATUS, WINDOW = (f"harness_{word}" for word in ("hello", "users", "status", "window"))
# Without a message from the master for this long, a worker stops sending load.
MASTER_SILENT_S = 3.0
# And after this long it quits; judging a long stage may keep a master busy for a while.
MASTER_GONE_S = 30.0
# An order to stop this close to the stage's end means the end.
REGULAR_END_S = 1.0
_RESEND_S = 1.0
_HELLO_EVERY_S = 0.5


class Worker:
    """One worker process; `send` hands a message to the master, `identity` is what its hello says.

    `handle` takes the master's messages; `tick` is to be called several times a second.
    """

    def __init__(
        self,
        token: str,
        identity: Message,
        send: Callable[[str, Message], Any],
        gauge: UsageGauge,
        clock: Callable[[], float],
    ) -> None:
        self._token = token
        self._identity = identity
        self._send = send
        self._gauge = gauge
        self._clock = clock
        self._generator: Generator | None = None
        self._load: StageLoad | None = None
        self._epoch = 0
        self._heard_s = clock()
        self._hello_s = float("-inf")
        self._sequence = 0
        self._checksum = 0
        self._unacknowledged: dict[int, tuple[float, Message]] = {}
        self.refused: str | None = None
        self.users = Readiness(is_ready=False)
        """Whether its users are ready: the master waits for that before the first stage."""

    @property
    def is_accepted(self) -> bool:
        """Whether the master has accepted this worker."""
        return self._generator is not None

    @property
    def has_lost_master(self) -> bool:
        """Whether the master has been silent for so long that it must be gone."""
        return self._clock() - self._heard_s > MASTER_GONE_S

    def join(self, generator: Generator) -> None:
        """Take the generator, made when the master has accepted this worker and sent the targets."""
        self._heard_s = self._clock()
        self._generator = generator

    def begin(self, message: Message) -> None:
        """Start a stage; a repeated order for the same stage changes nothing."""
        self._heard_s = self._clock()
        if message["epoch"] <= self._epoch or self._generator is None:
            return
        self._epoch = message["epoch"]
        self._sequence = self._checksum = 0
        self._unacknowledged.clear()
        self._gauge.read()
        self._generator.share = WorkerShare(message["worker"], message["workers"])
        at_s = self._clock() + message["start_in_s"]
        index, is_again = message["index"], message["is_again"]
        self._load = self._generator.begin(index, at_s, self._keep, is_again=is_again)
        self._send_status()

    def acknowledge(self, message: Message) -> None:
        """Forget a window the master has."""
        self._heard_s = self._clock()
        if message["epoch"] == self._epoch:
            self._unacknowledged.pop(message["sequence"], None)

    def heartbeat(self, _message: Message) -> None:
        """Note that the master is alive."""
        self._heard_s = self._clock()

    def stop(self, message: Message) -> None:
        """Start no more requests of this stage.

        The order that comes with the stage's regular end is early by a message's delay, since the worker
        began that much later: obeying it would lose the last arrivals.
        """
        self._heard_s = self._clock()
        if message["epoch"] != self._epoch or self._load is None:
            return
        if self._load.ends_s - self._clock() > REGULAR_END_S:
            self._stop()

    def give_up(self, message: Message) -> None:
        """Fail what is still under way, close every window."""
        self._heard_s = self._clock()
        if message["epoch"] == self._epoch:
            self._abandon()

    def tick(self) -> None:
        """Close windows, send again what was not acknowledged, send the status."""
        now_s = self._clock()
        if not self.is_accepted:
            if self.refused is None and now_s - self._hello_s >= _HELLO_EVERY_S:
                self._hello_s = now_s
                self._send(HELLO, {"token": self._token, **self._identity})
            return
        if self._load is None or self._generator is None:
            self._send(USERS, {"token": self._token, **self.users._asdict()})
            return
        if now_s - self._heard_s > MASTER_SILENT_S:
            if self._load.running or self._load.collector.open:
                self._abandon()
        elif now_s >= self._load.ends_s and self._load.running:
            self._stop()
        self._generator.poll()
        self._resend(now_s)
        self._send_status()

    def _stop(self) -> None:
        if self._generator is not None:
            self._generator.stop()

    def _abandon(self) -> None:
        if self._generator is not None:
            self._generator.give_up()

    def _keep(self, window: ClosedWindow) -> None:
        self._checksum = add_checksums(self._checksum, checksum(window))
        sequence, self._sequence = self._sequence, self._sequence + 1
        message: Message = {
            "token": self._token,
            "epoch": self._epoch,
            "sequence": sequence,
            "window": pack_share(window),
        }
        self._unacknowledged[sequence] = (self._clock(), message)
        self._send(WINDOW, message)

    def _resend(self, now_s: float) -> None:
        for sequence, (sent_s, message) in list(self._unacknowledged.items()):
            if now_s - sent_s >= _RESEND_S:
                self._unacknowledged[sequence] = (now_s, message)
                self._send(WINDOW, message)

    def _send_status(self) -> None:
        assert self._load is not None
        assert self._generator is not None
        collector = self._load.collector
        usage = self._gauge.read()
        self._send(
            STATUS,
            {
                "token": self._token,
                "epoch": self._epoch,
                "accounts": {str(v): asdict(account) for v, account in collector.accounts_so_far().items()},
                "backlog": self._generator.pacer.backlog(),
                "saturated": self._generator.pacer.saturated,
                "cpu": usage.cpu,
                "memory_bytes": usage.memory_bytes,
                "waited": usage.waited,
                "stolen": usage.stolen,
                "over": not self._load.running and not collector.open,
                "windows": self._sequence,
                "checksum": self._checksum,
            },
        )
