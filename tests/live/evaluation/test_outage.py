from harness.live.evaluation.outage import down_for_s, outage_trigger
from harness.plan.loader import parse_plan
from harness.record.probes import HealthProbe
from tests.rollout.scripted import plan_text


def health(*seen, variant="canary"):
    about = {"variant": variant, "status": None, "latency_s": None, "error": None}
    return [HealthProbe(t_s=float(t_s), ok=ok, **about) for t_s, ok in seen]


def test_a_service_that_answers_is_not_down():
    assert down_for_s(health((0, False), (10, False), (20, True))) == 0.0


def test_an_outage_lasts_from_the_first_failed_check_after_the_last_good_one():
    assert down_for_s(health((0, True), (10, False), (20, False), (40, False))) == 30.0


def test_without_health_checks_nothing_is_down():
    assert down_for_s([]) == 0.0


def test_an_outage_of_the_baseline_is_not_the_canarys():
    assert down_for_s(health((0, False), (60, False), variant="baseline")) == 0.0


def test_late_records_are_taken_in_order_of_time():
    assert down_for_s(health((30, False), (0, True), (10, False))) == 20.0


def test_the_trigger_fires_when_the_outage_has_lasted_its_time():
    plan = parse_plan(plan_text(extra="rollback: [service down for 30s, error rate > 10% for 5s]\n"))
    assert outage_trigger(plan, health((0, False), (20, False))) is None
    assert outage_trigger(plan, health((0, False), (30, False))) == "service down for 30s"
