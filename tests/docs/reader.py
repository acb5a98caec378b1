"""A reader who types every command of a page, in order, and looks at what comes out."""

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from tests.docs.pages import ROOT, Block, blocks

_YAML = YAML(typ="safe")
_CHECKOUT = ("Makefile", "pyproject.toml", "constraints.txt", "locust.conf", "loadtests", "scripts", "deploy")
# Addresses of the reader's own machines become ones of this machine, so that nothing leaves it.
STAND_INS = (("10.0.0.", "127.0.0."), ("/run/secrets/", "secrets/"))
PATIENT = {"lateness_p99": "2s", "cpu": "100%", "achieved": "90%"}


@dataclass(frozen=True)
class Shown:
    """A command as a page shows it, and the lines it shows below."""

    command: str
    output: tuple[str, ...]


def shown_on(page):
    """Return what the console blocks of a page show."""
    return [one for block in blocks("console") if block.page == page for one in _shown(block)]


def _shown(block: Block):
    joined = block.text.replace("\\\n", " ")
    for part in re.split(r"^\$ ", joined, flags=re.MULTILINE)[1:]:
        command, *output = part.splitlines()
        yield Shown(command, tuple(line for line in output if line.strip()))


def replaced(text):
    """Return a text of a page with everything that is only the reader's replaced by a stand-in."""
    for theirs, ours in STAND_INS:
        text = text.replace(theirs, ours)
    return text


class Reader:
    """Follows one page; every command has to end as the page says, which is well if it says nothing."""

    def __init__(self, page, shell, directory):
        self.page = page
        self.shell = shell
        self.here = directory / "home"
        self.left = shown_on(page)

    def checkout(self):
        """Be in a checkout of the project that is set up already."""
        for name in _CHECKOUT:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, self.here / name)
        (self.here / ".venv").mkdir()
        for part in ("bin", "lib", "pyvenv.cfg"):
            (self.here / ".venv" / part).symlink_to(Path(sys.prefix) / part)
        (self.here / ".venv/.ready").touch()

    def block(self, language, number=0):
        """Return a block of the page, to be copied into a file."""
        return replaced([one.text for one in blocks(language) if one.page == self.page][number])

    def to(self, command):
        """Type every command before the next one that begins like this."""
        while not self.left[0].command.startswith(command):
            self.type()

    def rest(self):
        """Type all commands that are left."""
        while self.left:
            self.type()

    def type(self, *codes):
        """Type the next command and return what it said."""
        shown = self.left.pop(0)
        done = self.shell.run(replaced(shown.command))
        assert done.code in (codes or (self._promised(),)), f"{shown.command}: {done.code}\n{done.said}"
        self._compare(shown, done.said)
        return done.said

    def start(self, ready):
        """Start the next command, which goes on until it is stopped."""
        shown = self.left.pop(0)
        number, said = self.shell.start(replaced(shown.command), ready)
        self._compare(shown, said)
        return number

    def _promised(self):
        """A page tells an exit code by asking for it in the next line."""
        after = self.left[0] if self.left else Shown("", ())
        return int(after.output[0]) if after.command == "echo $?" else 0

    def _compare(self, shown, said):
        lines = {_masked(line) for line in said.splitlines()}
        for line in shown.output:
            assert _masked(line) in lines, f"{shown.command} does not say {line!r} but:\n{said}"


def _masked(line):
    return re.sub(r"\bpid \d+", "pid N", line.strip())


def stand_in(path, scale=1, places=(0,), **keys):
    """Make the plan in a file short and sure: its stages at some places, a second each.

    Durations are `scale` times as long, for a command that divides them; a key given as None is left out.
    """
    plan = _YAML.load(path.read_text())
    load = {"arrival_rate": "200/s", "max_in_flight": 64, "timeout": "2s"}
    judge = {"block": _ms(150 * scale), "warmup": _ms(150 * scale)}
    changed = {"load": load, "judge": judge, "generator": PATIENT, "levels": None, "rollback": None, **keys}
    plan = {key: value for key, value in {**plan, **changed}.items() if value is not None}
    plan["stages"] = [_stage(plan["stages"][place], scale) for place in places]
    with path.open("w") as file:
        _YAML.dump(plan, file)


def _stage(stage, scale):
    kept = {key: stage[key] for key in ("name", "weight", "deploy") if key in stage}
    promise = ["throughput > 10/s"]
    return {**kept, "duration": _ms(1200 * scale), "interval": _ms(150 * scale), "criteria": promise}


def _ms(value):
    return f"{value}ms"
