import pytest

from harness.plan.traffic.label_match import matchers_of


@pytest.mark.parametrize(
    ("text", "labels", "holds"),
    [
        ('code=~"5.."', {"code": "503"}, True),
        ('code=~"5.."', {"code": "5033"}, False),
        ('{code!~"2..|3.."}', {"code": "404"}, True),
        ('code="500", method!="OPTIONS"', {"code": "500", "method": "GET"}, True),
        ('code="500",method!="OPTIONS",', {"code": "500", "method": "OPTIONS"}, False),
        ('code=""', {}, True),
        (r'path="a\"b"', {"path": 'a"b'}, True),
    ],
)
def test_matchers_hold_as_prometheus_s_do(text, labels, holds):
    assert all(match.holds(labels) for match in matchers_of(text)) is holds


@pytest.mark.parametrize("text", ["code", "code=5", 'code=~"("', 'code="5" method="x"', '5="x"'])
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match=r"not label matchers|not a regular expression"):
        matchers_of(text)
