"""Runs a command that ends with the process that wanted it: `python -m harness.process.leash COMMAND...`.

Standard input is the leash: when it closes before the command has ended, whoever held it is dead, and the
command and everything it started are ended. The process must lead a group of its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import NoReturn

_ENDS_WITHIN_S = 2.0


def main(*command: str) -> NoReturn:
    """Run the command and exit with its code; as a shell has it, 128 and its number for a signal."""
    # What ends the command reaches the whole group. A handler, unlike SIG_IGN, is not inherited.
    signal.signal(signal.SIGTERM, lambda *_: None)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    threading.Thread(target=_watch, daemon=True).start()
    code = process.wait()
    sys.stdout.flush()
    os._exit(code if code >= 0 else 128 - code)


def _watch() -> None:
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGTERM)
    time.sleep(_ENDS_WITHIN_S)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
