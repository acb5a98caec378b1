"""The master's side of a distributed run: workers that each send their share of one schedule.

Every order is repeated until the workers' statuses show that it arrived, every window is merged once however
often it comes, and a worker that stops responding is a loss that makes the stage invalid.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.load.readiness import Readiness
from harness.load.workers.shares import Shares, read_share
from harness.record.histograms.account import new_accounts
from harness.record.histograms.endpoints import Endpoints
from harness.record.histograms.window import ClosedWindow
from harness.record.histograms.wire import Message, accounts_of, add_checksums, checksum, with_endpoints
from harness.record.window_source import LoadSnapshot, ResourceUsage

WELCOME, BEGIN, ACKNOWLEDGE, HEARTBEAT, STOP, GIVE_UP = (
    f"harness_{word}" for word in ("welcome", "begin", "acknowledge", "heartbeat", "stop", "give_up")
)
# Statuses come several times a second; a worker silent for this long is lost.
WORKER_SILENT_S = 3.0
# They do so several times a second, once their locustfile is read; that may load data first.
INTRODUCED_WITHIN_S = 60.0
HEARTBEAT_EVERY_S = 0.5
_REPEAT_S = 0.1
_FINAL_WAIT_S = 3.0


@dataclass
class WorkerState:
    """What the master knows of one worker in the current stage."""

    client_id: str
    heard_s: float
    share: int | None = None
    status: Message | None = None
    received: set[int] = field(default_factory=set)
    lost: bool = False
    users: Readiness = field(default=Readiness(is_ready=False))


class Coordinator:
    """Sends a stage's load through workers.

    `send(type, message, client_id)` hands a message to one worker; `identity` is what a worker's hello
    must match to be accepted; `named` has the endpoints that each stage of the plan names. No worker is
    accepted before `open`.
    """

    lead_s = 1.5

    def __init__(
        self,
        identity: Message,
        send: Callable[[str, Message, str], Any],
        clock: Callable[[], float],
        sleep: Callable[[float], Any],
        named: Sequence[Collection[str]] = (),
    ) -> None:
        self._identity = identity
        self._named = named
        self._endpoints = Endpoints()
        self._welcome: Message | None = None
        self._send = send
        self._clock = clock
        self._sleep = sleep
        self._workers: dict[str, WorkerState] = {}
        self._epoch = 0
        self._order: Message = {}
        self._at_s = 0.0
        self._sink: Callable[[ClosedWindow], None] = lambda _: None
        self._shares: dict[float, Shares] = {}
        self._merged_checksum = 0
        self._losses: list[str] = []
        self._stopping: str | None = None
        self._ordered_s = float("-inf")
        self._incomplete_since_s: float | None = None

    def open(self, welcome: Message) -> None:
        """Accept workers from now on; `welcome` is sent to each."""
        self._welcome = welcome

    def hello(self, message: Message, client_id: str) -> None:
        """Accept a worker, or refuse one whose identity differs."""
        if self._welcome is None:
            return
        mine, theirs = self._identity, {key: message.get(key) for key in self._identity}
        differs = [
            f"{key} is {theirs[key]!r} there and {mine[key]!r} here"
            for key in mine
            if mine[key] != theirs[key]
        ]
        if not differs:
            self._workers.setdefault(message["token"], WorkerState(client_id, self._clock()))
        refusal = "; ".join(differs) or None
        if refusal:
            self._losses.append(f"a worker was refused: {refusal}")
        self._send(WELCOME, {**self._welcome, "token": message["token"], "refused": refusal}, client_id)

    def users(self, message: Message) -> None:
        """Note whether the users of a worker are ready."""
        worker = self._workers.get(message["token"])
        if worker is not None:
            if worker.share is None:
                # In a stage only its status counts: the order to begin may never have arrived.
                worker.heard_s = self._clock()
            worker.users = Readiness(bool(message["is_ready"]), message["problem"])

    def readiness(self, joined: int) -> Readiness:
        """Return whether `joined` workers have introduced themselves, and the users of all are ready.

        One that falls silent later is missed when the load begins.
        """
        now_s = self._clock()
        if self.size < joined:
            self._incomplete_since_s = self._incomplete_since_s or now_s
            if now_s - self._incomplete_since_s <= INTRODUCED_WITHIN_S:
                return Readiness(is_ready=False)
            return Readiness(
                is_ready=False,
                problem=f"{joined - self.size} of {joined} workers joined Locust and did not introduce "
                f"themselves to the gate within {INTRODUCED_WITHIN_S:g} s; their own log says why",
            )
        self._incomplete_since_s = None
        heard = [each.users for each in self._workers.values() if now_s - each.heard_s <= WORKER_SILENT_S]
        problem = next((users.problem for users in heard if users.problem is not None), None)
        return Readiness(all(users.is_ready for users in heard), problem)

    @property
    def size(self) -> int:
        """Workers that can take part in the next stage."""
        return sum(not worker.lost for worker in self._workers.values())

    def begin(self, index: int, at_s: float, sink: Callable[[ClosedWindow], None]) -> None:
        """Start stage `index` on every worker present; later ones wait for the next stage."""
        self._epoch += 1
        self._sink, self._at_s, self._stopping = sink, at_s, None
        self._endpoints = Endpoints(self._named[index] if self._named else ())
        self._shares.clear()
        self._merged_checksum = 0
        active = [worker for worker in self._workers.values() if not worker.lost]
        for worker in self._workers.values():
            worker.share, worker.status, worker.received = None, None, set()
        for share, worker in enumerate(active):
            worker.share, worker.heard_s = share, self._clock()
        is_again = index == self._order.get("index")
        self._order = {"epoch": self._epoch, "index": index, "is_again": is_again, "workers": len(active)}
        self._repeat(self._clock())

    def status(self, message: Message) -> None:
        """Take the status of a worker."""
        worker = self._workers.get(message["token"])
        if worker is None or message["epoch"] != self._epoch:
            return
        worker.heard_s = self._clock()
        worker.status = message

    def window(self, message: Message) -> None:
        """Merge a worker's window, once, and acknowledge it, every time."""
        worker = self._workers.get(message["token"])
        if worker is None or message["epoch"] != self._epoch:
            return
        worker.heard_s = self._clock()
        acknowledgement = {"epoch": self._epoch, "sequence": message["sequence"]}
        self._send(ACKNOWLEDGE, acknowledgement, worker.client_id)
        if message["sequence"] in worker.received or worker.lost:
            return
        share = read_share(message["window"])
        worker.received.add(message["sequence"])
        shares = self._shares.setdefault(share.rest.start_s, Shares())
        shares.add(share)
        if shares.number == self._order["workers"]:
            self._hand_over(share.rest.start_s)

    def heartbeat(self) -> None:
        """Tell every worker that its master is alive; call it twice a second, also between stages."""
        for worker in self._workers.values():
            self._send(HEARTBEAT, {}, worker.client_id)

    def poll(self) -> None:
        """Repeat orders that were not acknowledged; find silent workers."""
        now_s = self._clock()
        if now_s - self._ordered_s >= _REPEAT_S:
            self._repeat(now_s)
        for token, worker in self._workers.items():
            if worker.share is not None and not worker.lost and now_s - worker.heard_s > WORKER_SILENT_S:
                worker.lost = True
                self._losses.append(f"worker {worker.share} ({token}) fell silent")

    def stop(self) -> None:
        """Tell every worker to start no more requests."""
        self._stopping = STOP
        self._repeat(self._clock())

    @property
    def drained(self) -> bool:
        """Whether every remaining worker is done and all its windows have arrived."""
        return all(
            worker.status is not None
            and worker.status["over"]
            and len(worker.received) == worker.status["windows"]
            for worker in self._active()
        )

    def give_up(self) -> None:
        """Make the workers fail what is still under way, wait for their last windows, and close the stage.

        Windows that did not come from every worker are handed over incomplete; a difference between what was
        merged and what the workers say they sent is a loss.
        """
        self._stopping = GIVE_UP
        ends_s = self._clock() + _FINAL_WAIT_S
        self._repeat(self._clock())
        while not self.drained and self._clock() < ends_s:
            self._sleep(_REPEAT_S)
            self.poll()
        for start_s in sorted(self._shares):
            self._hand_over(start_s)
        active = self._active()
        self._losses += [
            f"worker {each.share} never began the stage" for each in active if each.status is None
        ]
        theirs = add_checksums(*(worker.status["checksum"] for worker in active if worker.status))
        if not self._losses and theirs != self._merged_checksum:
            self._losses.append("the merged windows differ from what the workers sent")

    def snapshot(self) -> LoadSnapshot:
        """Return the accounts of all workers together."""
        accounts = new_accounts()
        backlog = saturated = 0
        for worker in self._workers.values():
            if worker.status is None:
                continue
            for variant, account in accounts_of(worker.status["accounts"]).items():
                accounts[variant].add(account)
            backlog += worker.status["backlog"]
            saturated += worker.status["saturated"]
        return LoadSnapshot(accounts, backlog, saturated)

    def usage(self) -> ResourceUsage:
        """Return the memory of all workers, and the highest of what each reports of its cores."""
        statuses = [worker.status for worker in self._active() if worker.status]
        return ResourceUsage(
            _highest("cpu", statuses) or 0.0,
            sum(status["memory_bytes"] for status in statuses),
            _highest("waited", statuses),
            _highest("stolen", statuses),
        )

    def losses(self) -> list[str]:
        """Return what was lost since the last call."""
        losses, self._losses = self._losses, []
        return losses

    def _active(self) -> list[WorkerState]:
        return [each for each in self._workers.values() if each.share is not None and not each.lost]

    def _repeat(self, now_s: float) -> None:
        self._ordered_s = now_s
        for worker in self._active():
            if worker.status is None and now_s < self._at_s:
                order = {**self._order, "worker": worker.share, "start_in_s": self._at_s - now_s}
                self._send(BEGIN, order, worker.client_id)
            elif self._stopping is not None and not (worker.status and worker.status["over"]):
                self._send(self._stopping, {"epoch": self._epoch}, worker.client_id)

    def _hand_over(self, start_s: float) -> None:
        merged = self._shares.pop(start_s).merged()
        self._merged_checksum = add_checksums(self._merged_checksum, checksum(merged))
        # Each worker has a cap of its own; that of the stage is the same for one process and for ten.
        self._sink(with_endpoints(merged, self._endpoints))


def _highest(name: str, statuses: Iterable[Message]) -> float | None:
    """Return the highest of a figure that some workers may not know."""
    return max((status[name] for status in statuses if status[name] is not None), default=None)
