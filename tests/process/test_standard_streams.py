"""Each case is a process whose standard streams are broken in one way."""

import io
import os
import pty
import signal
import subprocess
import sys

import pytest

from harness.process.end_signals import Ended
from harness.process.standard_streams import UnfailingOutput, drain_streams

_START = """
import sys
from harness.process.standard_streams import drain_streams, native_thread, use_unfailing_streams
use_unfailing_streams({thread})
{work}
print("the last line")
with open(sys.argv[1], "w") as file:
    file.write("done")
sys.exit(7)
"""
THREADS = {"at once": "", "in a thread": "native_thread()"}
MANY_LINES = 'for _ in range(3000): print("x" * 1000)'


@pytest.fixture(params=THREADS)
def start(request, tmp_path):
    """Start work in a process; `ended` tells whether it came to its end, with its own exit code."""

    def started(work="", redirected="", **how):
        code = _START.format(thread=THREADS[request.param], work=work)
        command = ["sh", "-c", f'exec "$@" {redirected}', "sh", sys.executable, "-c", code, tmp_path / "done"]
        return subprocess.Popen(command, text=True, **({"stdout": -1, "stderr": -1} | how))

    return started


def ended(process, tmp_path):
    out, err = process.communicate(timeout=30)
    assert (tmp_path / "done").read_text() == "done"
    assert process.returncode == 7
    assert "Traceback" not in (err or "")
    return out, err


def test_a_text_that_cannot_be_encoded_is_replaced(start, tmp_path):
    process = start('print("naïve · café")', env={**os.environ, "PYTHONIOENCODING": "ascii"})
    out, _ = ended(process, tmp_path)
    assert out == "na?ve ? caf?\nthe last line\n"


def test_a_full_disk_is_said_once_on_the_other_stream(start, tmp_path):
    _, err = ended(start('print("one"); print("two")', ">/dev/full"), tmp_path)
    assert err.splitlines() == [
        "standard output cannot be written (No space left on device); everything else goes on without it"
    ]


@pytest.mark.parametrize("redirected", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_stream_closed_from_the_start_is_nobody_elses_file(start, tmp_path, redirected):
    work = 'opened = open(sys.argv[1] + ".other", "w"); assert opened.fileno() > 2; sys.stdin.read()'
    ended(start(work, redirected, stdin=subprocess.DEVNULL), tmp_path)
    assert (tmp_path / "done.other").read_text() == ""


def test_a_reader_that_has_seen_enough_ends_nothing(start, tmp_path):
    process = start(MANY_LINES)
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    ended(process, tmp_path)


def test_a_terminal_that_closes_ends_nothing(start, tmp_path):
    ours, theirs = pty.openpty()
    process = start(MANY_LINES, stdout=theirs)
    os.close(theirs)
    os.read(ours, 100)
    os.close(ours)
    ended(process, tmp_path)


def test_a_terminal_whose_reader_stops_does_not_stop_a_process_that_writes_in_a_thread(tmp_path):
    ours, theirs = pty.openpty()
    code = _START.format(thread="native_thread()", work=MANY_LINES)
    process = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "done"], stdout=theirs, stderr=subprocess.PIPE, text=True
    )
    _, err = ended(process, tmp_path)
    assert "standard output cannot be written (nobody reads it)" in err
    os.close(ours)
    os.close(theirs)


def test_output_written_in_a_thread_arrives_whole_and_in_order(tmp_path):
    work = "for number in range(2000): print(number)\nsys.stdout.buffer.write(b'raw\\n')"
    code = _START.format(thread="native_thread()", work=work)
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "done"], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [*map(str, range(2000)), "raw", "the last line"]


def test_what_both_streams_write_to_one_place_keeps_its_order(start, tmp_path):
    work = "for number in range(500): print(number, file=(sys.stdout, sys.stderr)[number % 2], flush=True)"
    out, _ = ended(start(work, "2>&1"), tmp_path)
    assert out.split() == [*map(str, range(500)), "the", "last", "line"]


def test_a_forked_process_writes_for_itself(tmp_path):
    work = "import os; print('parent', flush=True); drain_streams()\nif not os.fork():\n    print('child')"
    code = _START.format(thread="native_thread()", work=work)
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "done"], capture_output=True, text=True, check=False
    )
    assert sorted(done.stdout.splitlines()) == ["child", "parent", "the last line", "the last line"]


def test_a_stream_that_somebody_replaced_is_left_alone(tmp_path):
    code = (
        "import io, sys; mine = sys.stdout = io.StringIO()\n"
        "from harness.process.standard_streams import use_unfailing_streams\n"
        "use_unfailing_streams(); assert sys.stdout is mine"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_second_signal_ends_the_waiting_for_the_last_output_and_shows_nothing(monkeypatch):
    class Interrupted:
        def write(self, data):
            """Take everything."""

        def drain(self):
            raise Ended(signal.SIGQUIT)

    stream = io.TextIOWrapper(UnfailingOutput(1, Interrupted(), print))
    monkeypatch.setattr(sys, "stdout", stream)
    drain_streams()
    stream.detach()
