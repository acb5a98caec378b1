import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.record.histograms.tag import LATENESS_HUB, LATENESS_SENT, Kind, Tag

words = st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True)
anything = st.text(st.characters(exclude_categories=()))


@given(words, words, anything)
@example("canary", "response", "a,b\nc\r d\"'#Tag=%2C")
@example("canary", "response", "\ud83d\ude00 lone surrogates")
@example("canary", "response", "ü.€.😀" * 2500)
@example("canary", "response", "")
def test_any_endpoint_survives_and_leaves_only_harmless_characters(variant, kind, endpoint):
    tag = Tag(variant, kind, endpoint)
    assert Tag.parse(str(tag)) == tag
    assert re.fullmatch(r"[A-Za-z0-9._~%-]+", str(tag))


def test_it_reads_as_variant_kind_and_percent_encoded_endpoint():
    assert str(Tag("canary", Kind.RESPONSE, "GET /tasks")) == "canary.response.GET%20%2Ftasks"


def test_dots_belong_to_the_endpoint():
    assert Tag.parse("canary.failed.a.b.c") == Tag("canary", Kind.FAILED, "a.b.c")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "canary",
        "canary.response",
        "Canary.response.x",
        "canary.res ponse.x",
        "canary..x",
        "a.b.c,d",
        "a.b.ü",
    ],
)
def test_text_of_another_shape_is_refused(text):
    with pytest.raises(ValueError, match=r"is not <variant>\.<kind>"):
        Tag.parse(text)


def test_an_endpoint_that_is_not_utf_8_is_refused():
    with pytest.raises(ValueError, match="not UTF-8"):
        Tag.parse("canary.response.%FF")


def test_a_long_wrong_tag_is_quoted_only_in_part():
    with pytest.raises(ValueError, match="is not") as caught:
        Tag.parse("," * 100_000)
    assert len(str(caught.value)) < 200


def test_the_generator_reports_its_lateness_under_its_own_name():
    assert [str(tag) for tag in (LATENESS_SENT, LATENESS_HUB)] == [
        "generator.lateness.sent",
        "generator.lateness.hub",
    ]
