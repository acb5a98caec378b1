"""A bash session that the commands of a page are typed into, as a reader would."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

BIN = Path(sys.executable).parent
WITHIN_S = 120
# A network of its own, where the machine gives one: the ports that the pages name are free there.
_ALONE = ["unshare", "--user", "--map-root-user", "--net"]
_UP = "ip link set lo up"


@dataclass(frozen=True)
class Done:
    """A command that ended: its exit code, and what it said on both streams."""

    code: int
    said: str


def _possible():
    try:
        return subprocess.run([*_ALONE, *_UP.split()], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


class Shell:
    """Runs commands one after the other; directory, variables and `$?` last from one to the next."""

    def __init__(self, directory):
        self._files = directory / "shell"
        self._files.mkdir()
        home = directory / "home"
        home.mkdir()
        alone = _possible()
        # A pytest that a reader starts keeps its files apart from the one that runs this.
        own = {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": str(home),
            "PYTEST_DEBUG_TEMPROOT": str(directory),
        }
        self._bash = subprocess.Popen(
            # Whoever runs the tests in the background has them ignore Ctrl-C; a reader's shell does not.
            [*(_ALONE if alone else []), "env", "--default-signal=INT", "bash", "--noprofile", "--norc"],
            cwd=home,
            env={**os.environ, "COLUMNS": "100", **own},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._services = []
        # With job control, services started in the background get Ctrl-C like those in a terminal.
        assert self.run("set -m").code == 0
        assert not alone or self.run(_UP).code == 0

    def run(self, command):
        """Run a command to its end; `$?` in it is the exit code of the one before."""
        (self._files / "typed").write_text(command)
        said = self._files / "said"
        return Done(int(self._ask(f". {self._files}/typed >{said} 2>&1 </dev/null")), said.read_text())

    def start(self, command, ready):
        """Run a command in the background until it says something; `stop` ends it."""
        number = len(self._services)
        said = self._files / f"said{number}"
        (self._files / f"typed{number}").write_text(command)
        service = int(self._ask(f". {self._files}/typed{number} >{said} 2>&1 </dev/null &", "$!"))
        self._services.append(service)
        end_s = time.monotonic() + WITHIN_S
        while not (said.exists() and re.search(ready, said.read_text())):
            assert time.monotonic() < end_s, f"waited in vain for {command}: {said.read_text()}"
            time.sleep(0.05)
        return number, said.read_text()

    def stop(self, number):
        """End a service as Ctrl-C does, and wait for it."""
        os.killpg(self._services[number], signal.SIGINT)
        return self.wait(number)

    def wait(self, number):
        """Wait until a service ends by itself."""
        code = int(self._ask(f"wait {self._services[number]}"))
        return Done(code, (self._files / f"said{number}").read_text())

    def close(self):
        """End everything that was started."""
        for service in self._services:
            _kill(service)
        self._bash.stdin.close()
        _kill(self._bash.pid)
        self._bash.wait(10)
        self._bash.stdout.close()

    def _ask(self, line, answer="$?"):
        """Type a line and return what bash answers; a line that hangs ends the session."""
        watchdog = threading.Timer(WITHIN_S, _kill, [self._bash.pid])
        watchdog.start()
        try:
            self._bash.stdin.write(f'{line}\nlast={answer}; echo "answer $last"; (exit $last)\n')
            self._bash.stdin.flush()
            for heard in self._bash.stdout:
                if heard.startswith("answer "):
                    return heard.split()[1]
        finally:
            watchdog.cancel()
        raise AssertionError(f"the shell ended at: {line}")


def _kill(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
