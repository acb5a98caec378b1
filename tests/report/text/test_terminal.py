import io
from dataclasses import replace

import pytest
from rich.console import Console

from harness.judge.finding import Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.report.standing import Standing
from harness.report.text.terminal import print_verdict
from tests.report import verdicts


def printed(verdict: Verdict, **options: object) -> str:
    out = io.StringIO()
    print_verdict(verdict, Console(file=out, **{"width": 80, **options}))  # type: ignore[arg-type]
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def test_a_failed_run_names_the_finding_with_observed_and_bounds_in_a_pipe() -> None:
    assert printed(verdicts.FAILED) == (
        "canary-25  ✓ pass  50%, 6,999/s of 7,000/s, 42,000 canary + 42,000 baseline\n"
        "  ✓ pass  error rate < 0.1%      0.012%  [0.008 … 0.019%]\n"
        "  ✓ pass  health checks passing       –\n"
        "\n"
        "canary-50  ✕ fail  50%, 6,999/s of 7,000/s, 42,000 canary + 42,000 baseline\n"
        "  ✓ pass          error rate < 0.1%             0.012%    [0.008 … 0.019%]\n"
        "  ✕ fail          p95 < 150ms                 171.2 ms  [170.3 … 172.1 ms]\n"
        "  ? inconclusive  no performance degradation     +6.1%         [-1 … +13%]\n"
        "  p95 < 150ms: The canary's p95 was 171.2 ms.\n"
        "  no performance degradation: Not decided yet.\n"
        "\n"
        "not run: canary-75, canary-100\n"
        "✕ fail  Stage canary-50 failed: p95 < 150ms. The canary's p95 was 171.2 ms.\n"
    )


def test_a_note_has_its_sentence_also_where_the_stage_passed() -> None:
    note = Result.plain(Outcome.PASS, "Look at the baseline.").of(Subject.of_note("word", "own word"))
    stage = replace(verdicts.FAILED.stages[0], findings=(note,))
    assert "\n  note: own word: Look at the baseline.\n" in printed(
        Verdict(Outcome.PASS, "All held.", (stage,))
    )


@pytest.mark.parametrize("name", verdicts.EVERY)
def test_every_verdict_fits_80_columns_and_is_plain_in_a_pipe(name: str) -> None:
    shown = printed(verdicts.EVERY[name])
    assert max(map(len, shown.splitlines())) <= 80
    assert "\x1b" not in shown
    assert verdicts.EVERY[name].outcome in shown.splitlines()[-1] or name == "hostile"


def test_a_terminal_shows_colours_but_texts_from_outside_bring_none() -> None:
    shown = printed(verdicts.HOSTILE, force_terminal=True, color_system="standard")
    assert "\x1b[1;31m✕ fail\x1b[0m" in shown
    assert "\x1b[31m\x00" not in shown
    assert "\u202e" not in shown


def test_markup_in_a_text_is_not_obeyed() -> None:
    verdict = Verdict(verdicts.FAILED.outcome, "[bold]not bold[/bold]", ())
    assert "[bold]not bold[/bold]" in printed(verdict)


def test_a_terminal_that_knows_ascii_only_gets_ascii_symbols() -> None:
    class Ascii(io.StringIO):
        encoding = "ascii"

    out = Ascii()
    print_verdict(verdicts.FAILED, Console(file=out, width=80))
    assert "x fail" in out.getvalue()


def test_a_run_that_goes_on_has_no_final_word_and_no_check_of_what_is_not_complete() -> None:
    out = io.StringIO()
    standing = Standing("under way", "Stage canary-50, 2 of 4, measuring.", {"canary-25": "pass"})
    print_verdict(verdicts.FAILED, Console(file=out, width=80), standing)
    shown = out.getvalue()
    assert "canary-25  ✓ pass" in shown
    assert "canary-50  … under way" in shown
    assert "not begun: canary-75" in shown
    assert shown.splitlines()[-1] == "… under way  Stage canary-50, 2 of 4, measuring."
