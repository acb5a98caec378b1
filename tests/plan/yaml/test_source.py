"""The YAML of a plan, its lines and its bounds."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.plan.yaml.source import SourceError, read_source


def test_values_have_the_types_of_yaml():
    source = read_source("a: [1, 1.5, yes, true, ~, 2020-01-01, 0x1f, '5', 5s]\nb:\n  c: |\n    text\n")
    assert source.data == {
        "a": [1, 1.5, "yes", True, None, "2020-01-01", 31, "5", "5s"],
        "b": {"c": "text\n"},
    }
    assert source.problems == []


def test_every_key_and_item_knows_its_line():
    source = read_source("a: 1\nb:\n  - x\n  - {c: 1,\n     d: 2}\n")
    assert source.line_of(("a",)) == 1
    assert source.line_of(("b", 0)) == 3
    assert source.line_of(("b", 1, "d")) == 5


def test_the_line_of_what_is_not_there_is_that_of_what_should_hold_it():
    source = read_source("a: 1\nstages:\n- name: x\n- name: y\n")
    assert source.line_of(("stages", 1, "duration")) == 4
    assert source.line_of(("targets", "direct", "baseline")) == 1


def test_a_step_that_is_no_key_of_the_file_is_passed_over():
    assert read_source("a: 1\ntargets:\n  baseline: x\n").line_of(("targets", "direct", "baseline")) == 3


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a: 1\na: 2\n", 2, "`a` is already on line 1; keep one"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", 3, "merge keys `<<` are not supported; write the keys out"),
        ("a: 1\n? [b]\n: 2\n", 2, "a list or mapping cannot be a key; write a word"),
        (
            "a: !!python/name:os.system x\n",
            1,
            "the tag `tag:yaml.org,2002:python/name:os.system` is not supported",
        ),
        ("a: !secret x\n", 1, "the tag `!secret` is not supported; write the value alone"),
        ("a: !env [x]\n", 1, "the tag `!env` is not supported; write the value alone"),
    ],
)
def test_what_yaml_allows_and_a_plan_does_not_is_a_problem_with_its_line(text, line, what):
    [(found_line, found)] = read_source(text).problems
    assert found_line == line
    assert what in found


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a: [1, 2\nb: 3\n", 2, "this is not YAML: while parsing a flow sequence"),
        ("a: 'x\n", 2, "this is not YAML: while scanning a quoted scalar, found unexpected end of stream"),
        ("a: b: c\n", 1, "mapping values are not allowed here"),
        ("a:\n\t- b\n", 2, "cannot start any token"),
        ("a: 1\nb: \0\n", 2, "character U+0000 is not allowed in a plan; remove it"),
        ("a: *b\n", 1, "found undefined alias"),
        ("a: 1\n---\nb: 2\n", 2, "this is not YAML: expected a single document"),
        ("", None, "the plan is empty; `harness init` writes one"),
        ("# nothing\n", None, "the plan is empty"),
        ("[" * 1000, 1, "more than 20 levels"),
        ("a:\n" + "- 1\n" * 100_000, 39998, "or 20000 values"),
        ("a: &a [*a]\n", 1, "aliases expand this to more than 20000 values or 20 levels"),
        ("x" * 1_000_001, None, "larger than 1 MB"),
    ],
)
def test_what_is_no_yaml_of_a_plan_is_refused_with_its_line(text, line, what):
    with pytest.raises(SourceError) as error:
        read_source(text)
    assert what in error.value.what
    assert error.value.line == line


def test_a_few_aliases_cannot_become_millions_of_values():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(SourceError, match="aliases expand this to more than 20000 values"):
        read_source("\n".join(lines))


def test_an_alias_stands_for_the_whole_value_it_names():
    assert read_source("a: &x [p95 < 1s]\nb: *x\n").data == {"a": ["p95 < 1s"], "b": ["p95 < 1s"]}


def test_a_number_beyond_all_numbers_stays_text():
    assert read_source(f"a: {'9' * 5000}\n").data == {"a": "9" * 5000}


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("{}[]:-,&*!|>'\"%@`?#\n\t ab")))
def test_any_text_is_read_or_refused(text):
    with suppress(SourceError):
        read_source(text)
