"""Plan files: what is wrong is said with file and line, all of it at once."""

import os
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.plan.loader import PlanError, load_plan, parse_plan

PLAN = """\
service: tasks
targets: embedded
load: {arrival_rate: 7000/s}
judge: {block: 10s, warmup: 10s}
stages:
  - name: canary-5
    weight: 5%
    duration: 15m
    criteria: [p95 < 150ms]
  - name: full-100
    weight: 100%
    duration: 24h
    criteria: [p95 < 150ms]
"""


def problems_of(text, **options):
    with pytest.raises(PlanError) as error:
        parse_plan(text, "my.yaml", **options)
    return [str(problem) for problem in error.value.problems]


def test_every_problem_is_listed_at_once_in_the_order_of_the_file():
    assert problems_of("""\
service: tasks
targets: {baselin: http://127.0.0.1:1, canary: http://10.0.0.1:2}
load: {arrival_rate: 7000}
seed: 1
seed: 2
stages:
  - name: Canary 5
    weight: 105%
    duration: 15
    criteria: [p59x < 3ms, eror rate < 1%]
  - {name: b, weight: 5%, duration: 7s, interval: 2s, criteria: []}
  - {name: c, weight: 5%, duration: 8s, interval: 2s, criteria: [p95 < 3ms], block: 3s}
  - {name: c, weight: 5%, duration: 60s, criteria: [p95 < 3ms], rollback: [p95 > 3ms for 1s]}
  - later
""") == [
        "my.yaml:2: unknown key `baselin`; did you mean `baseline`?",
        "my.yaml:3: arrival_rate: `7000` has no unit; write 7000/s",
        "my.yaml:5: `seed` is already on line 4; keep one",
        "my.yaml:7: name: `Canary 5` has characters or a length that are not allowed; "
        "write for example `name: canary-5`",
        "my.yaml:8: weight: `105%` is out of range; write a share from 0% to 100%",
        "my.yaml:9: duration: `15` has no unit; write 15s or 15m or 15h or 15ms",
        "my.yaml:10: in `eror rate < 1%`: unknown measure `eror rate`; did you mean `error rate`?",
        "my.yaml:10: in `p59x < 3ms`: unknown measure `p59x`; write one of error rate, throughput, mean, "
        "max, cpu, memory, p50 … p99.9, service p95, ttfb p95, or the name of a query under `probes`",
        "my.yaml:11: criteria: at least one item belongs here; "
        "write for example `criteria: [error rate < 0.1%, p95 < 150ms]`",
        "my.yaml:12: the block 3s is not a whole multiple of the interval 2s; "
        "write `block: 2s` or `block: 4s` in the stage",
        "my.yaml:13: the name `c` is already used; write another",
        "my.yaml:13: the window of `p95 > 3ms for 1s` is shorter than the interval of stage c; "
        "write at least `for 10s`",
        "my.yaml:14: keys with values belong here, not `later`; the keys are name, weight, duration, "
        "interval, arrival_rate, ramp, warmup, block, deploy, criteria, endpoints, rollback, on_fail, "
        "on_inconclusive, approval, approval_timeout",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("service: tasks", "servce: tasks", 1, "unknown key `servce`; did you mean `service`?"),
        ("service: tasks", "service: [tasks]", 1, "service: `['tasks']`: input should be a valid string"),
        ("service: tasks", "service: tasks\nseed: 1.5", 2, "seed: `1.5`: input should be a valid integer"),
        ("service: tasks", "service: tasks\nseed: true", 2, "seed: `true`: input should be a valid integer"),
        ("targets: embedded\n", "", 1, "`targets` is missing; write for example `targets: embedded`"),
        ("embedded", "embeded", 2, "targets: write `embedded`, or the addresses `baseline` and `canary`"),
        ("embedded", "{embedded: {canary: {latency: 25%}}}", 2, "latency: `25%` has no sign"),
        ("embedded", "{embedded: {canary: {crash: soon}}}", 2, "crash: `soon` is not a time"),
        ("embedded", "{embedded: {}, canary: x}", 2, "`canary` is not allowed beside `embedded`"),
        ("embedded", "{baseline: 10.0.0.1, canary: ftp://x}", 2, "baseline: `10.0.0.1` is not an address"),
        (
            "embedded",
            "{ingress: http://u:p@localhost}",
            2,
            "ingress: an address has no user, query or fragment",
        ),
        ("embedded", "{ingress: http://localhost}", 2, "`variant_header` is missing"),
        ("embedded", "{ingress: 'http://localhost:99999', variant_header: x}", 2, "is not an address"),
        (
            "embedded",
            "{baseline: http://localhost, canary: http://10.1.2.3:80}",
            2,
            "load may not be sent to `10.1.2.3`; write `allow_hosts: [10.1.2.3]` if it may",
        ),
        ("7000/s}", "7000/s, timeout: 10}", 3, "timeout: `10` has no unit; write 10s or 10m or 10h or 10ms"),
        (
            "7000/s}",
            "7000/s, arrivals: burst}",
            3,
            "arrivals: `burst`: input should be 'constant' or 'poisson'",
        ),
        (
            "7000/s}",
            "7000/s, max_in_flight: 0}",
            3,
            "max_in_flight: `0`: input should be greater than or equal to 1",
        ),
        ("7000/s}", "0/s}", 3, "arrival_rate: `0/s` is out of range"),
        ("7000/s}", "-5/s}", 3, "arrival_rate: `-5/s` is not a rate"),
        (
            "block: 10s",
            "block: 5s",
            6,
            "the block 5s is shorter than the interval 10s; write `block: 10s` in the stage",
        ),
        ("block: 10s", "alpha: 90%", 4, "alpha: `90%` is out of range; write a share from 0.0001% to 20%"),
        ("duration: 15m", "duration: 15", 8, "duration: `15` has no unit; write 15s or 15m or 15h or 15ms"),
        ("duration: 15m", "duration: null", 8, "duration: `null` is not a time"),
        (
            "duration: 15m",
            "duration: 15m\n    interval: 7s",
            8,
            "the duration 15m is not a whole multiple of the interval",
        ),
        ("duration: 15m", "duration: 15m\n    interval: 20m", 8, "write `20m`"),
        (
            "duration: 15m",
            "duration: 15m\n    duration_s: 900",
            9,
            "unknown key `duration_s`; did you mean `duration`?",
        ),
        (
            "duration: 15m",
            "duration: 15m\n    on_fail: retry",
            9,
            "on_fail: `retry`: input should be 'rollback' or 'hold'",
        ),
        ("duration: 15m", "duration: 15m\n    deploy: {command: ls -l}", 9, "command: `ls -l` is not a list"),
        (
            "duration: 15m",
            "duration: 15m\n    deploy: {command: []}",
            9,
            "command: at least one item belongs here",
        ),
        ("weight: 5%", "weight: 0.05", 7, "weight: `0.05` has no unit; write 0.05%"),
        (
            "weight: 5%",
            "weight: 33.333%",
            7,
            "`33.333%` cannot be split exactly; write a share in steps of 0.01%",
        ),
        (
            "name: canary-5",
            "name: full-100",
            10,
            "the name `full-100` is already used; write another",
        ),
        ("[p95 < 150ms]", "p95 < 150ms", 9, "criteria: `p95 < 150ms` is not a list"),
        ("[p95 < 150ms]", "[p95 > 150ms]", 9, "holds when the service is worse; write `p95 < 150ms`"),
        (
            "[p95 < 150ms]",
            "[service down for 5m]",
            9,
            "is a trigger, not a criterion; write it under `rollback`",
        ),
        ("[p95 < 150ms]", "[5]", 9, "`5` is not a criterion; write for example `p95 < 150ms`"),
        (
            "[p95 < 150ms]",
            "[p95 < 150ms]\n    endpoints: {GET /: [cpu < 5%]}",
            10,
            "`cpu < 5%` cannot be measured per endpoint; write a criterion about error rate,",
        ),
        (
            "stages:",
            "rollback:\n  - error rate > 1%\nstages:",
            6,
            "the trigger `error rate > 1%` has no window; write `error rate > 1% for 5m`",
        ),
        ("stages:", "rollback: [error rate < 1% for 5m]\nstages:", 5, "holds when the service is better"),
        ("stages:", "rollback: [system stable]\nstages:", 5, "is a criterion, not a trigger"),
        ("stages:", 'levels: {p59x: {target: "< 1s"}}\nstages:', 5, "unknown measure `p59x`"),
        ("stages:", 'levels: {p95: {target: "< 5%"}}\nstages:', 5, "`5%` is not a time"),
        ("stages:", 'levels: {p95: {warning: "< 5ms"}}\nstages:', 5, "holds when the service is better"),
        (
            "stages:",
            'levels: {p95: {target: "< baseline"}}\nstages:',
            5,
            "`p95 < baseline` is not a plain limit",
        ),
        ("stages:", "probes: {}\nstages:", 5, "probes: nothing to probe; write `health: /health`"),
        (
            "stages:",
            "probes: {health: health}\nstages:",
            5,
            "health: `health` is not a path; write for example /health",
        ),
        (
            "stages:",
            "probes:\n  prometheus: {url: 'http://x', queries: {p95: x}}\nstages:",
            6,
            "`p95` is a measure of the requests sent",
        ),
        (
            "stages:",
            "router: {envoy: {}, nginx: {file: /x}}\nstages:",
            5,
            "write exactly one of envoy, haproxy",
        ),
        ("stages:", "router: {envoy: {}}\nstages:", 5, "write `start: true` under it"),
        ("stages:", "deploy: {rollbak: x}\nstages:", 5, "unknown key `rollbak`; did you mean `rollback`?"),
    ],
)
def test_a_mistake_is_named_on_its_line_with_what_to_write(old, new, line, says):
    assert old in PLAN
    found = problems_of(PLAN.replace(old, new, 1))
    assert any(problem.startswith(f"my.yaml:{line}: ") and says in problem for problem in found), found


def test_a_mistyped_key_is_one_problem_not_two():
    assert problems_of(PLAN.replace("duration: 15m", "duratoin: 15m", 1)) == [
        "my.yaml:8: unknown key `duratoin`; did you mean `duration`?"
    ]


def test_a_wrong_judge_does_not_accuse_the_stages():
    assert len(problems_of(PLAN.replace("block: 10s", "block: 1x"))) == 1


def test_a_plan_of_a_list_says_what_the_keys_are():
    assert (
        "keys with values belong here, not `['a']`; the keys are service, release, seed"
        in problems_of("- a\n")[0]
    )


def test_only_the_stages_asked_for_are_kept_in_the_order_of_the_plan():
    plan = parse_plan(PLAN, stages=["full-100", "canary-5", "full-100"])
    assert [stage.name for stage in plan.stages] == ["canary-5", "full-100"]
    assert [stage.name for stage in parse_plan(PLAN, stages=["full-100"]).stages] == ["full-100"]


def test_an_unknown_stage_gets_a_suggestion():
    assert problems_of(PLAN, stages=["canary-6", "x"]) == [
        "my.yaml:5: there is no stage `canary-6`; did you mean `canary-5`?",
        "my.yaml:5: there is no stage `x`; the plan has canary-5, full-100",
    ]


def test_a_time_scale_that_leaves_no_durations_is_refused():
    [problem] = problems_of(PLAN, time_scale=1e6)
    assert problem.startswith("my.yaml: a time scale of 1e+06 leaves 43650us for the stage canary-5; ")
    [problem] = problems_of(PLAN, time_scale=0)
    assert "a time scale of 0 is impossible; write a number above 0" in problem


def test_a_file_is_read_with_a_byte_order_mark_and_other_line_ends(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + PLAN.replace("\n", "\r\n").encode())
    assert load_plan(path) == parse_plan(PLAN)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"service: \xff\n", ":1: this is not UTF-8 text; save the file as UTF-8"),
        (b"a: 1\n\xc3", ":2: this is not UTF-8 text"),
        (b"x" * 1_000_001, ": is larger than 1 MB"),
        (b"", ": the plan is empty; `harness init` writes one"),
        (b"a: [", ":1: this is not YAML: "),
    ],
)
def test_a_file_that_is_no_plan_is_refused_in_one_line(tmp_path, content, says):
    path = tmp_path / "plan.yaml"
    path.write_bytes(content)
    with pytest.raises(PlanError) as error:
        load_plan(path)
    assert str(error.value).startswith(f"{path}{says}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["missing.yaml", ".", "a\0b"])
def test_a_path_that_is_no_file_is_refused_in_one_line(tmp_path, name):
    with pytest.raises(PlanError, match="cannot be read") as error:
        load_plan(tmp_path / name)
    assert "`harness init` makes one" in str(error.value)


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_cannot_be_read_twice_is_refused_at_once(tmp_path, kind):
    path = tmp_path / "plan.yaml"
    os.mkfifo(path) if kind == "pipe" else path.symlink_to("/dev/zero")
    with pytest.raises(PlanError, match="a plan is read more than once"):
        load_plan(path)


def test_a_plan_may_be_a_link_as_a_mounted_config_map_is(tmp_path):
    (tmp_path / "..data").write_text(PLAN)
    (tmp_path / "plan.yaml").symlink_to("..data")
    assert load_plan(tmp_path / "plan.yaml") == load_plan(tmp_path / "..data")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_without_a_traceback(tmp_path, content):
    path = tmp_path / "plan.yaml"
    path.write_bytes(content)
    with pytest.raises(PlanError):
        load_plan(path)


LINES = PLAN.splitlines()


@given(st.data())
def test_a_plan_with_any_one_line_spoiled_is_read_or_refused(data):
    number = data.draw(st.integers(0, len(LINES) - 1))
    spoiled = data.draw(st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(LINES))
    text = "\n".join([*LINES[:number], spoiled, *LINES[number + 1 :]])
    with suppress(PlanError):
        assert parse_plan(text).stages


def test_a_lone_surrogate_is_refused_like_any_other_character():
    assert "service" in problems_of(PLAN.replace("tasks", '"\\uD800"'))[0]
