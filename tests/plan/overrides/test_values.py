"""One plan for many environments: its variables, and values that are replaced from outside."""

import pytest

from harness.plan.loader import PlanError, parse_plan_file
from harness.plan.overrides.values import OverrideError, Overrides, shortcuts

PLAN = """\
service: ${SERVICE:-tasks}
targets:
  baseline: http://127.0.0.1:${PORT}
  canary: "http://127.0.0.1:8081"
headers: {authorization: "Bearer ${TOKEN}", x-team: blue}
load:
  arrival_rate: 7000/s
  max_in_flight: ${USERS:-64}
stages:
  - name: canary-5
    weight: 5%
    duration: 15m
    arrival_rate: 100/s
    criteria: [p95 < 150ms]
    endpoints: {GET /v1.0/tasks: [p95 < 200ms]}
  - {name: full-100, weight: 100%, duration: 1h, criteria: [p95 < 150ms]}
"""
ENVIRONMENT = {"PORT": "8080", "TOKEN": "s3cr3t", "HOME": "/root"}


def read(*settings, text=PLAN, **variables):
    return parse_plan_file(text, "my.yaml", overrides=Overrides.of(settings, {**ENVIRONMENT, **variables}))


def problems(*settings, text=PLAN, **variables):
    with pytest.raises(PlanError) as error:
        read(*settings, text=text, **variables)
    return [str(problem) for problem in error.value.problems]


def test_variables_and_their_defaults_are_replaced_before_validation():
    plan = read(SERVICE="checkout").plan
    assert (plan.service, plan.targets.baseline) == ("checkout", "http://127.0.0.1:8080")
    assert plan.load.max_in_flight == 64
    assert read(SERVICE="").plan.service == "tasks"


@pytest.mark.parametrize("version", ["1.10", "1234567", "12e456", "true", "null"])
def test_a_variable_where_text_belongs_stays_the_text_it_is(version):
    assert read(SERVICE=version).plan.service == version


def test_an_unset_variable_a_wrong_value_and_a_reference_without_a_name_are_problems_of_their_line():
    text = PLAN.replace("full-100,", "'full-${}',")
    assert problems(text=text, PORT="", USERS="many") == [
        "my.yaml:3: the variable PORT is empty; set it, or write `${PORT:-default}`",
        "my.yaml:8: max_in_flight: `many`: input should be a valid integer; "
        "write for example `max_in_flight: 512`",
        "my.yaml:16: `${` names no variable; write `${NAME}`, `${NAME:-default}`, or `$${` for the text",
    ]


def test_two_dollar_signs_keep_a_reference_for_a_shell():
    text = f"{PLAN}deploy: {{rollback: {{command: [sh, -c, 'echo $${{WEIGHT}} $HOME']}}}}\n"
    assert read(text=text).plan.deploy.rollback.command[-1] == "echo ${WEIGHT} $HOME"


def test_nothing_is_replaced_in_a_key():
    found = problems(
        text=PLAN.replace("GET /v1.0", '"GET ${PREFIX}').replace("tasks: [p95 < 2", 'tasks": [p95 < 2')
    )
    assert found == ["my.yaml:15: variables are replaced in values, not in keys"]


def test_values_are_replaced_by_stage_name_number_or_in_all_of_them():
    plan = read(
        "stages.canary-5.duration=20m",
        "stages.1.weight=50%",
        "stages.*.warmup=30s",
        "stages.canary-5.endpoints.GET /v1.0/tasks=[p95 < 1s]",
        "seed=7",
    ).plan
    first, second = plan.stages
    assert (first.duration_s, float(second.weight), plan.seed) == (1200, 0.5, 7)
    assert {stage.warmup_s for stage in plan.stages} == {30}
    assert [str(criterion.text) for criterion in first.endpoints["GET /v1.0/tasks"]] == ["p95 < 1s"]


def test_a_problem_of_a_replaced_value_names_the_option_and_others_keep_their_line():
    text = PLAN.replace('canary: "http', 'canary: "ftp')
    assert problems("stages.canary-5.criteria=[error rate < 1]", "lod.arrival_rate=1/s", text=text) == [
        "--set stages.canary-5.criteria: in `error rate < 1`: `1` has no unit; write 1%",
        "--set lod.arrival_rate: unknown key `lod`; did you mean `load`?",
        "my.yaml:4: canary: `ftp://127.0.0.1:8081` is not an address; write for example http://127.0.0.1:8080",
    ]
    assert problems("stages.canary-6.weight=5%") == [
        "--set stages.canary-6.weight: there is no `canary-6`; write one of canary-5, full-100, or * for all"
    ]


def test_a_target_named_on_the_command_line_may_get_load_unless_the_plan_says_where_load_may_go():
    given = list(shortcuts(canary="https://preview-7.example", rate="50/s"))
    plan = read(*map(str, given)).plan
    assert plan.targets.canary == "https://preview-7.example"
    assert [plan.rate_of(stage) for stage in plan.stages] == [50, 50]
    strict = f"{PLAN}allow_hosts: [127.0.0.1]\n"
    assert problems(str(given[0]), text=strict) == [
        "--set targets.canary: load may not be sent to `preview-7.example`; "
        "write `allow_hosts: [preview-7.example]` if it may"
    ]


@pytest.mark.parametrize(
    ("option", "value", "what"),
    [
        ("rate", "fast", "arrival_rate: `fast` is not a rate"),
        ("canary", "ftp://x", "canary: `ftp://x` is not"),
    ],
)
def test_a_problem_names_the_option_that_was_written(option, value, what):
    overrides = Overrides(tuple(shortcuts(**{option: value})), ENVIRONMENT)
    with pytest.raises(PlanError) as error:
        parse_plan_file(PLAN, "my.yaml", overrides=overrides)
    assert str(error.value.problems[0]).startswith(f"--{option}: {what}")


def test_a_router_given_from_outside_takes_the_place_of_addresses_and_of_the_embedded_service():
    for text in (PLAN, PLAN.replace("baseline: http", "embedded: #").replace('canary: "http', "#")):
        plan = read("targets.variant_header=x-variant", "targets.ingress=http://127.0.0.1:9", text=text).plan
        assert plan.targets.urls == {"ingress": "http://127.0.0.1:9"}


def test_secrets_are_used_and_appear_nowhere():
    file = read()
    assert file.plan.headers["authorization"].get_secret_value() == "Bearer s3cr3t"
    assert file.overrides.variables == {"PORT": "8080", "TOKEN": "***"}
    shown = f"{file} {file.plan!r} {file.plan.to_document()} {file.text}"
    assert "s3cr3t" not in shown
    assert "blue" not in shown
    assert "Bearer ${TOKEN}" in file.text
    assert file.plan.to_document()["headers"] == {"authorization": "***", "x-team": "***"}


@pytest.mark.parametrize("value", ["a\tb", " padded", "5", "é", ""])
def test_a_secret_that_cannot_be_sent_is_refused_without_being_shown(value):
    found = problems(text=PLAN.replace("x-team: blue", f'x-team: "{value}"' if value != "5" else "x-team: 5"))
    assert len(found) == 1
    assert value not in found[0].removeprefix("my.yaml:5") or not value.strip()


def test_the_file_as_it_was_kept_gives_the_same_plan_with_what_was_recorded():
    file = read("stages.canary-5.duration=20m", "headers.x-key=${TOKEN}")
    again = parse_plan_file(file.text, overrides=file.overrides)
    assert again.plan.to_document() == file.plan.to_document()


def test_a_secret_is_neither_given_on_the_command_line_nor_used_where_it_would_be_shown():
    for setting in ("headers.authorization=Bearer abc", "headers={authorization: abc}", "headers.x=12"):
        assert problems(setting)[0].endswith(
            "a secret is not written on the command line; write `${NAME}` and set the variable"
        )
    assert problems(text=PLAN.replace("${SERVICE:-tasks}", "${TOKEN}")) == [
        "my.yaml:5: the variable TOKEN stands in a secret and in a value that is shown; use two"
    ]


def test_a_setting_without_a_value_is_refused():
    with pytest.raises(OverrideError, match="write KEY=VALUE"):
        Overrides.of(["load.arrival_rate"], {})


def test_without_variables_a_reference_is_text():
    text = PLAN.replace("${PORT}", "8080").replace("${USERS:-64}", "64").replace("blue", "'${X}'")
    assert parse_plan_file(text).plan.service == "${SERVICE:-tasks}"


def test_a_rate_given_for_a_run_takes_the_place_of_pieces_and_a_ramp_stays():
    text = PLAN.replace("arrival_rate: 100/s", "arrival_rate: [{to: 9/s, over: 1m}]").replace(
        "duration: 1h", "duration: 1h, ramp: 1m"
    )
    made = read(*map(str, shortcuts(rate="50/s")), text=text).plan
    assert [made.stated_rate_of(stage) for stage in made.stages] == [50, 50]
    assert made.stages[1].ramp_s == 60
