import pytest

from harness.plan.document import plan_from_document
from harness.plan.loader import PlanError, parse_plan
from harness.plan.traffic.traffic import Traffic

TEXT = """service: tasks
traffic:
  access_log:
    path: /var/log/nginx/canary.log
    {format}
    variant: {{field: upstream_addr, canary: ["10.0.0.7:8080"]}}
stages:
  - {{name: canary-5, weight: 5%, duration: 15m, criteria: [error rate < 0.1%]}}
"""
JSON = "json: {time: ts, duration: rt, unit: s, status: st, method: m, path: p}"


def problems(text):
    with pytest.raises(PlanError) as error:
        parse_plan(text)
    return [str(problem) for problem in error.value.problems]


@pytest.mark.parametrize("line", ["format: nginx-json", JSON, "format: combined"])
def test_a_plan_may_watch_traffic_instead_of_sending_load(line):
    plan = parse_plan(TEXT.format(format=line))
    assert plan.traffic is not None
    assert plan.load is None
    assert plan.targets is None
    assert plan.rate_of(plan.stages[0]) is None
    assert plan.is_routed
    assert plan_from_document(plan.to_document()) == plan


METRICS = """service: tasks
traffic:
  metrics: {source: prometheus, duration: seconds, variant: {label: version, baseline: v1, canary: v2}}
probes: {prometheus: {url: "http://127.0.0.1:9090"}}
stages:
  - {name: canary-5, weight: 5%, duration: 15m, criteria: [error rate < 0.1%]}
"""


@pytest.mark.parametrize("text", [TEXT.format(format="format: apache"), METRICS])
def test_a_default_that_depends_on_a_wrong_value_is_no_problem_of_its_own(text):
    assert len(problems(text)) == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("format: apache", "plan:5: format:"),
        ("timezone: UTC", "write exactly one of `format`, `log_format`, `json` and `regex`"),
        ("format: nginx", "`format: nginx` needs the `log_format`"),
        ("log_format: '$msec $status $request_uri'", "the log_format has no $request_time, which is needed"),
        ("log_format: '$msec $status $request_uri $request_time'", "no $upstream_addr, which is to tell"),
        (
            "format: haproxy",
            "`haproxy` has no upstream_addr, which is to tell the variant; it has Ta, Tr, backend,",
        ),
        (
            "format: combined\n    client: cookie_sid",
            "`combined` has no cookie_sid, which is to tell the client",
        ),
        ("regex: '(?P<time>x'", "is not a regular expression"),
        ("regex: '(?P<time>x)'", "the regex has no duration or duration_ms"),
        ("json: {time: ts, duration: rt, status: st}", "the path is missing"),
        ("{format: caddy, failed: [6]}".strip("{}").replace(", ", "\n    "), "`6` is not a status"),
        ("format: caddy\n    timezone: Mars/Base", "is not a time zone"),
        ("format: caddy\n    endpoints: [tasks]", "is not a path pattern"),
    ],
)
def test_what_is_wrong_with_a_log_is_named_at_its_line(line, said):
    found = problems(TEXT.format(format=line))
    assert any(said in problem for problem in found), found
    assert all(problem.startswith("plan:") for problem in found)


def test_load_and_traffic_exclude_each_other_and_one_is_needed():
    text = TEXT.format(format="format: caddy")
    assert "write either `load` or `traffic`" in problems(text + "load: {arrival_rate: 5/s}\n")[0]
    nothing = text[: text.index("traffic:")] + text[text.index("stages:") :]
    assert [problem.partition("; ")[0] for problem in problems(nothing)] == [
        "plan:1: `load` is missing",
        "plan:1: `targets` is missing",
    ]


def test_statuses_are_classes_ranges_or_single_ones():
    plan = parse_plan(TEXT.format(format="format: caddy\n    failed: [5xx, 429, 100-102]"))
    assert plan.traffic.access_log.failed_statuses == {*range(500, 600), 429, 100, 101, 102}


def test_one_failed_status_may_be_written_as_a_number():
    log = {"path": "a.log", "format": "combined", "variant": {"field": "upstream_addr", "canary": "b:1"}}
    assert Traffic.model_validate({"access_log": {**log, "failed": 429}}).log.failed_statuses == {429}
