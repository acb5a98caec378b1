"""The lines of a log are the same however its bytes arrive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.observe.access_log.following import line_buffer
from harness.observe.access_log.following.line_buffer import MAX_LINE_BYTES, LineBuffer

MARK = b"\xef\xbb\xbf"
LONG = b"x" * (MAX_LINE_BYTES + 1)
PIECES = st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\0", b"d" * 7, MARK]), max_size=40).map(b"".join)


def fed(*pieces):
    lines = LineBuffer()
    return b"".join(map(lines.feed, pieces)), lines.dropped


@given(data=PIECES, starts_with_mark=st.booleans(), size=st.integers(1, 9))
def test_any_division_of_a_log_gives_the_same_lines(data, starts_with_mark, size):
    data = MARK * starts_with_mark + data + b"\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_buffer, "MAX_LINE_BYTES", 8)
        divided = fed(*(data[begin : begin + size] for begin in range(0, len(data), size)))
        assert divided == fed(data)


@given(data=PIECES)
def test_lines_that_are_short_enough_are_all_kept(data):
    kept, dropped = fed(data + b"\n")
    assert (kept, dropped) == ((data + b"\n").replace(b"\0", b"").removeprefix(MARK), 0)


@pytest.mark.parametrize("pieces", [(b"a\n" + LONG + b"\nb\n",), (b"a\n" + LONG[:9], LONG[9:] + b"\nb\n")])
def test_a_line_that_is_too_long_is_left_out_and_counted(pieces):
    assert fed(*pieces) == (b"a\nb\n", 1)


def test_the_longest_line_is_kept():
    assert fed(LONG[1:] + b"\n") == (LONG[1:] + b"\n", 0)
