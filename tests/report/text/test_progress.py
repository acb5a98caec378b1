import io
import threading
from dataclasses import replace

from rich.console import Console

from harness.report.text.progress import ProgressLine, Snapshot

RUNNING = Snapshot(
    stage="canary-25",
    index=1,
    stages=5,
    weight=0.25,
    elapsed_s=5,
    duration_s=12,
    offered_per_s=7000,
    achieved_per_s=6998.7,
    p95_us={"baseline": 46_800, "canary": 47_100},
    errors={"baseline": 0, "canary": 2},
    requests={"baseline": 26_000, "canary": 8_700},
    lateness_p99_us=310,
    dropped=0,
    in_flight=140,
    state="running",
)


class FakeClock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def plain() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=80), out


def terminal() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, force_terminal=True, width=80, color_system=None, legacy_windows=False), out


def test_a_pipe_gets_one_plain_line_every_few_seconds() -> None:
    (console, out), clock = plain(), FakeClock()
    progress = ProgressLine(console, clock, plain_every_s=5)
    for _ in range(40):  # ten seconds in steps of a quarter
        progress.update(RUNNING)
        clock.now_s += 0.25
    assert out.getvalue().count("\n") == 2
    assert "\x1b" not in out.getvalue()


def test_a_plain_line_says_where_the_stage_is_and_how_both_variants_do() -> None:
    (console, out), clock = plain(), FakeClock()
    ProgressLine(console, clock).update(RUNNING)
    assert out.getvalue() == (
        "2/5 canary-25 25%, 5 s of 12 s, running: 6,999/s of 7,000/s · late 0.31 ms · 140 in flight"
        " · p95 canary 47.1 ms, baseline 46.8 ms · failed canary 2, baseline 0\n"
    )


def test_every_stage_says_its_last_word_before_the_next_one_speaks() -> None:
    (console, out), clock = plain(), FakeClock()
    progress = ProgressLine(console, clock)
    progress.update(RUNNING)
    progress.update(replace(RUNNING, elapsed_s=12))
    progress.update(replace(RUNNING, index=2, stage="canary-50", elapsed_s=0))
    progress.close()
    lines = out.getvalue().splitlines()
    assert ["12 s of 12 s" in line for line in lines] == [False, True, False, False]
    assert [line[:13] for line in lines] == [
        "2/5 canary-25",
        "2/5 canary-25",
        "3/5 canary-50",
        "3/5 canary-50",
    ]


def test_drops_are_said_only_when_there_are_some() -> None:
    (console, out), clock = plain(), FakeClock()
    ProgressLine(console, clock).update(replace(RUNNING, dropped=12))
    assert "dropped 12" in out.getvalue()


def test_a_stage_without_a_baseline_does_not_speak_of_one() -> None:
    (console, out), clock = plain(), FakeClock()
    ProgressLine(console, clock).update(
        replace(RUNNING, weight=1.0, requests={"baseline": 0, "canary": 9_000})
    )
    assert "baseline" not in out.getvalue()


def test_what_is_not_known_yet_is_a_dash() -> None:
    (console, out), clock = plain(), FakeClock()
    ProgressLine(console, clock).update(
        replace(RUNNING, p95_us={"canary": None}, lateness_p99_us=None, requests={})
    )
    assert "p95 canary –" in out.getvalue()
    assert "late –" in out.getvalue()


def test_a_terminal_is_redrawn_without_any_thread() -> None:
    (console, out), clock = terminal(), FakeClock()
    progress = ProgressLine(console, clock)
    before = threading.active_count()
    progress.update(RUNNING)
    progress.update(replace(RUNNING, elapsed_s=7))
    assert threading.active_count() == before
    assert "7 s of 12 s" in out.getvalue()
    progress.close()


def test_a_finished_stage_stays_on_the_screen_and_the_cursor_comes_back() -> None:
    (console, out), clock = terminal(), FakeClock()
    progress = ProgressLine(console, clock)
    progress.update(RUNNING)
    progress.update(replace(RUNNING, index=2, stage="canary-50"))
    progress.close()
    progress.close()
    shown = out.getvalue()
    assert shown.index("canary-25") < shown.index("canary-50")
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 2


def test_a_terminal_of_80_columns_is_never_overrun() -> None:
    (console, out), clock = terminal(), FakeClock()
    long = replace(
        RUNNING,
        stage="a-very-long-name-of-a-stage-" * 2,
        p95_us={"baseline": 9.9e6, "canary": 9.9e6},
        dropped=10**9,
    )
    progress = ProgressLine(console, clock)
    progress.update(long)
    progress.close()
    lines = out.getvalue().replace("\r", "\n").splitlines()
    assert max(len(line.split("\x1b[2K")[-1]) for line in lines if "\x1b[?" not in line) <= 80
