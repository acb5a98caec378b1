from harness.plan.variant import Variant
from harness.record.histograms.tag import LATENESS_SENT
from harness.record.progress import StageWindow
from tests.live.windows import figures_of, is_close, window


def test_the_warm_up_counts_as_requests_but_not_as_measured():
    stage = figures_of(window(0, canary_ms=(900,) * 500), window(1), window(2), window(3)).stages[0]
    assert stage.accounts[Variant.CANARY].completed == 2000
    assert stage.measured[Variant.CANARY].response.total == 1000
    assert stage.measured_s == 20
    assert is_close(stage.measured[Variant.CANARY].quantile_us(0.99), 30_000)
    assert stage.since_start[Variant.CANARY].response.max_us > 900_000 * 0.99


def test_an_extended_stage_is_not_warmed_up_again():
    heard = figures_of(window(0), window(1), window(2))
    heard.extend("half", 600.0)
    heard.add(StageWindow(0, 300.0, window(0)))
    assert heard.stages[0].measured_s == 20
    assert heard.stages[0].points[-1].start_s == 300
    assert heard.stages[0].duration_s == 600


def test_a_window_without_a_response_is_a_gap_in_the_line():
    stage = figures_of(window(0, canary_ms=())).stages[0]
    assert stage.points[0].p95_us[Variant.CANARY] is None
    assert stage.measured[Variant.CANARY].quantile_us(0.5) is None


def test_lateness_adds_up_over_the_whole_stage():
    stage = figures_of(window(0), window(1)).stages[0]
    assert stage.lateness[LATENESS_SENT].total == 200
    assert is_close(stage.lateness_us(0.5), 100)
    assert is_close(stage.lateness_us(1.0), 5000)


def test_lateness_of_the_timer_counts_after_the_warm_up_as_for_the_judge():
    heard = figures_of(window(0), window(1))
    assert heard.stages[0].hub_us(0.5) is None
    heard.add(StageWindow(0, 20.0, window(2)))
    assert heard.stages[0].hub.total == 100


def test_a_window_within_which_the_stage_was_ended_leaves_the_rates_alone():
    heard = figures_of(window(0))
    before = heard.stages[0].offered_per_s, heard.stages[0].achieved_per_s
    heard.add(StageWindow(0, 10.0, window(1, canary_ms=(20,) * 5), is_cut=True))
    assert (heard.stages[0].offered_per_s, heard.stages[0].achieved_per_s) == before
