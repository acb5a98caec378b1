"""Locust, as the verbs start it: `python -m harness.load` with the options of `locust`."""

import os
import select
import signal
import sys
import threading
from typing import Any

from harness.process.announcement import ANNOUNCE_TO
from harness.process.end_signals import awaited_signals
from harness.process.standard_streams import native_thread, use_unfailing_streams

# Before Locust, whose import turns every thread started later into a greenlet, and waiting into switching.
start_thread, wait_for_input = native_thread(), select.select
use_unfailing_streams(start_thread)
_INTERRUPTED = 130
_LOOK_EVERY_S = 1.0
for _number in awaited_signals():
    # Nothing has begun, so there is nothing to keep. The gate takes over when it has something.
    signal.signal(_number, lambda *_: os._exit(_INTERRUPTED))

from locust import events  # noqa: E402
from locust.main import main  # noqa: E402

from harness.load.blame import described  # noqa: E402

_USAGE = 2
_PLUGIN = "harness.locust_plugin.hooks"
_NO_PLUGIN = (
    "error: no locustfile imports the gate; add the line `from harness.plugin import GateUser`, or `Gated` "
    "for a user that keeps its own client\n"
)
_ASKS_FOR_HELP = {"-h", "--help", "-V", "--version"}


def _require_plugin(**_: Any) -> None:
    """End with one line where no locustfile imports the gate: Locust would not know `--plan`."""
    # For its help, Locust asks before it has read a locustfile.
    if _PLUGIN not in sys.modules and not _ASKS_FOR_HELP.intersection(sys.argv):
        sys.stderr.write(_NO_PLUGIN)
        sys.exit(_USAGE)


class OrphanWatch:
    """Ends this process with its parent for as long as no run has begun, which would see to it itself.

    A locustfile that never ends being read would stay for ever.
    """

    def __init__(self, parent: int) -> None:
        self._parent = parent
        self._has_begun = False
        start_thread(self._watch, ())

    def stop(self, **_: Any) -> None:
        """Leave it to the run."""
        self._has_begun = True

    def stop_first(self, **_: Any) -> None:
        """Stop before any listener of `init`, once."""
        if self.stop not in events.init._handlers:
            events.init._handlers.insert(0, self.stop)

    def _watch(self) -> None:
        while not self._has_begun:
            # Nothing is ever sent: what can be read is the end.
            if wait_for_input([self._parent], [], [], _LOOK_EVERY_S)[0] and not self._has_begun:
                os._exit(_INTERRUPTED)


if __name__ == "__main__":
    # Locust's error messages use this name.
    sys.argv[0] = "locust"
    are_options_known = threading.Event()
    if ANNOUNCE_TO in sys.argv[:-1]:
        watch = OrphanWatch(int(sys.argv[sys.argv.index(ANNOUNCE_TO) + 1]))
        events.init_command_line_parser.add_listener(watch.stop_first)  # type: ignore[no-untyped-call]
    events.init_command_line_parser.add_listener(_require_plugin)  # type: ignore[no-untyped-call]
    events.init.add_listener(lambda **_: are_options_known.set())  # type: ignore[no-untyped-call]
    try:
        main()  # type: ignore[no-untyped-call]
    except SystemExit as end:
        if are_options_known.is_set() or end.code in (0, None):
            raise
        if _PLUGIN in sys.modules:
            sys.stderr.write("Options after PLAN go to Locust; `locust --help` lists them.\n")
        # Locust ends with 1 or 255 for what it cannot use, such as an unknown user class.
        sys.exit(_USAGE)
    except Exception as error:
        if are_options_known.is_set():
            raise
        sys.stderr.write(f"error: the load test cannot be loaded: {described(error)}\n")
        sys.exit(_USAGE)
