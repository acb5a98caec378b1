"""The run's side of notifications: hands messages to a process of their own, and records what became of each.

Nothing here waits for a receiver while the run goes on, and a run sends so few messages, each so short, that
all of them fit into the pipe to that process even if it reads none.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final

from harness.judge.verdict import Verdict
from harness.notify.installed import INSTALL, is_installed
from harness.notify.message import Message, Subject
from harness.plan.client.notify import News, Receiver
from harness.process.child import Child, ChildError
from harness.record.events.event import Event
from harness.record.events.run import Notified
from harness.rollout.event_log import EventLog

_LOG = logging.getLogger("harness")
MODULE: Final = "harness.notify"
END: Final = "end"
MAX_MESSAGES: Final = 40
"""Of one run: 40 of at most 1.5 kB fit into a pipe of 64 kB."""
AGAIN_AFTER_S: Final = 60.0
"""The same kind of news is told again no sooner."""
_ENDS_WITHIN_S: Final = 10.0
FINISHES_WITHIN_S: Final = 20.0
"""How long the end of a run waits for receivers at most, a killed process included."""
_LOOK_EVERY_S: Final = 0.05


class Throttle:
    """Lets a message through unless the run sent the same news a moment ago, or too many messages."""

    def __init__(self) -> None:
        self._sent = 0
        self._last_s: dict[tuple[News, ...], float] = {}

    def admits(self, message: Message, now_s: float) -> bool:
        """Whether to send a message now."""
        last_s = self._last_s.get(message.news)
        if self._sent >= MAX_MESSAGES or (last_s is not None and now_s - last_s < AGAIN_AFTER_S):
            return False
        self._sent += 1
        self._last_s[message.news] = now_s
        return True


class Notifier:
    """Tells the receivers of a plan what happens in a run."""

    def __init__(
        self,
        subject: Subject,
        child: Child,
        log: EventLog,
        clock: Callable[[], float],
        sleep: Callable[[float], Any],
    ) -> None:
        self._subject = subject
        self._child = child
        self._log = log
        self._clock, self._sleep = clock, sleep
        self._throttle = Throttle()

    @classmethod
    def start(
        cls,
        subject: Subject,
        receivers: Sequence[Receiver],
        log: EventLog,
        clock: Callable[[], float],
        sleep: Callable[[float], Any],
        hidden: Iterable[str] = (),
    ) -> Notifier | None:
        """Start the process that delivers; None, and a line in the log, where it cannot be started.

        It does not get the `hidden` variables of the environment.
        """
        if not is_installed():
            _LOG.warning(INSTALL)
            return None
        # Addresses are secrets, which a list of processes would show.
        told = [{"to": one.to.get_secret_value(), "on": list(one.on)} for one in receivers]
        try:
            child = Child.launch(MODULE, first_line=json.dumps(told), hidden=hidden).until_ready()
        except ChildError as error:
            _LOG.warning("%s; nobody is notified", error)
            return None
        return cls(subject, child, log, clock, sleep)

    def hear(self, event: Event) -> None:
        """Tell of an event what is worth it, and record what was delivered so far."""
        self._record()
        if message := self._subject.of_event(event):
            self._tell(message)

    def conclude(self, verdict: Verdict) -> None:
        """Tell how the run ended."""
        self._tell(self._subject.of_verdict(verdict))

    def finish(self) -> None:
        """Wait a bounded time for what is under way, and record what became of it."""
        self._child.tell(END)
        ends_s = self._clock() + _ENDS_WITHIN_S
        while self._clock() < ends_s and self._child.problem() is None:
            self._sleep(_LOOK_EVERY_S)
        self._child.stop()
        self._record()

    def _record(self) -> None:
        for line in self._child.lines():
            self._log(Notified(t_s=self._log.now_s(), **json.loads(line)))

    def _tell(self, message: Message) -> None:
        if self._throttle.admits(message, self._clock()):
            self._child.tell(json.dumps(asdict(message)))
