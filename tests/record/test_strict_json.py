import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.record.strict_json import parse_object

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=5))
def test_any_object_is_read_back(value):
    assert parse_object(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"garbage", "not JSON: Expecting value"),
        (b"", "not JSON"),
        (b"[1]", "not a JSON object but a list"),
        (b'{"name": NaN}', "not JSON: NaN is not a number"),
        (b'{"name": 1e999}', "not JSON: 1e999 is not a number"),
        (b'{"name": ' + b"9" * 5000 + b"}", "is not a number"),
        (b'{"name": "\xff"}', "not UTF-8"),
        (b'{"name": ' + b"[" * 300_000, "nested too deeply"),
    ],
)
def test_anything_else_is_refused_with_a_short_reason(data, what):
    with pytest.raises(ValueError, match=what) as caught:
        parse_object(data)
    assert len(str(caught.value)) < 200
