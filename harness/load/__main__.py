"""Locust, as the verbs start it: `python -m harness.load` with the options of `locust`."""

import gc
import os
import select
import signal
import sys
from functools import partial
from typing import Any

from harness.process.announcement import ANNOUNCE_TO
from harness.process.end_signals import awaited_signals, hear
from harness.process.standard_streams import drain_streams, native_thread, use_unfailing_streams

# Before Locust, whose import turns every thread started later into a greenlet, and waiting into switching.
start_thread, wait_for_input = native_thread(), select.select
use_unfailing_streams(start_thread)
_INTERRUPTED = 130
_LOOK_EVERY_S = 1.0
for _number in awaited_signals():
    # Nothing has begun, so there is nothing to keep. The gate takes over when it has something.
    signal.signal(_number, lambda *_: os._exit(_INTERRUPTED))
hear()

if __name__ == "__main__":
    # A thousand modules are loaded, and all stay: looking for garbage takes an eighth of the start.
    gc.disable()

from locust import events  # noqa: E402
from locust.main import main  # noqa: E402

from harness.load.blame import described  # noqa: E402
from harness.load.locust.hidden_modules import what_hides  # noqa: E402

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


class Beginning:
    """Whether Locust has begun: its options are known, and a run sees to itself."""

    def __init__(self) -> None:
        self.has_come = False

    def await_it(self, **_: Any) -> None:
        """Hear of `init` before all who listen to it: call this when the locustfiles are read."""
        if self._come not in events.init._handlers:
            events.init._handlers.insert(0, self._come)

    def _come(self, **_: Any) -> None:
        gc.enable()
        self.has_come = True


def end_with(parent: int, beginning: Beginning) -> None:
    """End this process with its parent until Locust begins: it may read a locustfile for ever."""
    while not beginning.has_come:
        # Nothing is ever sent: what can be read is the end.
        if wait_for_input([parent], [], [], _LOOK_EVERY_S)[0] and not beginning.has_come:
            os._exit(_INTERRUPTED)


if __name__ == "__main__":
    # Locust's error messages use this name.
    sys.argv[0] = "locust"
    beginning = Beginning()
    if ANNOUNCE_TO in sys.argv[:-1]:
        start_thread(partial(end_with, int(sys.argv[sys.argv.index(ANNOUNCE_TO) + 1]), beginning), ())
    events.init_command_line_parser.add_listener(_require_plugin)  # type: ignore[no-untyped-call]
    events.init_command_line_parser.add_listener(beginning.await_it)  # type: ignore[no-untyped-call]
    try:
        main()  # type: ignore[no-untyped-call]
    except SystemExit as end:
        if beginning.has_come or end.code in (0, None):
            raise
        if _PLUGIN in sys.modules:
            sys.stderr.write("Options after PLAN go to Locust; `locust --help` lists them.\n")
        # Locust ends with 1 or 255 for what it cannot use, such as an unknown user class.
        sys.exit(_USAGE)
    except Exception as error:
        if beginning.has_come:
            raise
        hidden = what_hides(sys.path)
        sys.stderr.write(f"error: {hidden or f'the load test cannot be loaded: {described(error)}'}\n")
        drain_streams()
        # At once: the end of an interpreter imports modules, and may meet those of the load test.
        os._exit(_USAGE)
