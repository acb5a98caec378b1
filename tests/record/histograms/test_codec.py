import base64
import gc
import struct
import zlib
from collections import Counter

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from harness.record.histograms import codec
from harness.record.histograms.grid import COUNTS, HIGHEST_US, index_of

sparse = st.dictionaries(st.integers(0, COUNTS - 1), st.integers(1, 2**40), max_size=40)


def stretch_of(counts):
    """Turn counts by bucket into what is encoded: the first bucket, the counts from there on, their sum."""
    if not counts:
        return 0, np.zeros(0, dtype=np.int64), 0
    first = min(counts)
    stretch = np.zeros(max(counts) - first + 1, dtype=np.int64)
    for index, count in counts.items():
        stretch[index - first] = count
    return first, stretch, sum(counts.values())


def counts_of(first, stretch):
    return {first + place: count for place, count in enumerate(stretch.tolist()) if count}


def buckets(values):
    return Counter(index_of(np.array(values, dtype=np.int64)).tolist())


def payload(tokens, cookie=0x1C849313, settings=(0, 3, 1, HIGHEST_US, 1.0), length=None):
    header = struct.pack(">IIIIQQd", cookie, len(tokens) if length is None else length, *settings)
    return wrapped(zlib.compress(header + tokens))


def wrapped(compressed, cookie=0x1C849314, length=None):
    outer = struct.pack(">II", cookie, len(compressed) if length is None else length)
    return base64.b64encode(outer + compressed).decode()


@given(sparse)
def test_decoding_gives_back_what_was_encoded(counts):
    first, stretch, total = codec.decode(codec.encode(*stretch_of(counts)))
    assert counts_of(first, stretch) == counts
    assert total == sum(counts.values())


@given(st.lists(st.integers(1, HIGHEST_US), max_size=30))
def test_the_text_is_the_one_the_library_writes_for_the_same_values(values):
    library = HdrHistogram(1, HIGHEST_US, 3)
    for value in values:
        library.record_value(value)
    assert codec.encode(*stretch_of(buckets(values))) == library.encode().decode()


@given(st.lists(st.integers(1, HIGHEST_US), max_size=30))
def test_the_library_reads_what_we_write(values):
    read = HdrHistogram.decode(codec.encode(*stretch_of(buckets(values))))
    assert read.get_total_count() == len(values)
    for index, count in buckets(values).items():
        assert read.get_count_at_index(index) == count


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "not base64"),
        ("####", "not base64"),
        ("SEVMTE8=", "not base64 of a histogram"),
        ("µ" * 80, "not base64"),
        (wrapped(b"x", cookie=0x1C849301), "expected 0x1c849314"),
        (wrapped(b"xyz", length=99), "3 bytes long, announced as 99"),
        (wrapped(b"garbage"), "does not decompress"),
        (wrapped(zlib.compress(b"x" * 60)[:-3]), "cut off"),
        (wrapped(zlib.compress(b"x" * 60) + b"more"), "cut off, or longer"),
        (wrapped(zlib.compress(b"short")), "shorter than its header"),
        (payload(b"\x02", cookie=1), "other settings"),
        (payload(b"\x02", settings=(0, 5, 1, 2**62, 1.0)), "other settings than 1 µs to 3600 s, 3 digits"),
        (payload(b"\x02", length=7), "1 bytes of counts, announced as 7"),
        (payload(b"\xff" * 8), "broken counts|decoding"),
        (payload(b"\x80" * 40), "broken counts|decoding"),
        (payload(b"\xff\xef\x02\x02"), "broken counts"),
        (payload(b"\xfe" + b"\xff" * 8), "more than 2\\^53 values"),
    ],
)
def test_a_broken_payload_is_refused_with_a_reason(text, what):
    with pytest.raises(ValueError, match=f"(?i){what}"):
        codec.decode(text)


def test_a_small_payload_that_inflates_without_end_is_refused():
    bomb = wrapped(zlib.compress(bytes(50_000_000), 9))
    assert len(bomb) < 100_000
    with pytest.raises(ValueError, match="longer than"):
        codec.decode(bomb)


@given(st.binary(max_size=40))
def test_any_bytes_as_counts_give_a_histogram_or_a_reason(tokens):
    try:
        first, stretch, total = codec.decode(payload(tokens))
    except ValueError:
        return
    assert 0 <= first <= first + len(stretch) <= COUNTS
    assert (stretch >= 0).all()
    assert stretch.sum() == total <= codec.MAX_TOTAL
    assert not total or (stretch[0] and stretch[-1])


@given(st.data())
def test_a_payload_with_one_changed_character_is_refused_or_the_same(data):
    counts = {5: 3, 20_000: 70_000}
    text = codec.encode(*stretch_of(counts))
    position = data.draw(st.integers(0, len(text) - 1))
    changed = text[:position] + data.draw(st.characters(codec="ascii")) + text[position + 1 :]
    try:
        first, stretch, _ = codec.decode(changed)
    except ValueError:
        return
    assert counts_of(first, stretch) == counts


def test_coding_leaves_nothing_to_the_garbage_collector():
    gc.collect()
    gc.disable()
    try:
        for length in range(1, 200):
            codec.decode(codec.encode(5, np.ones(length, np.int64), length))
        left = gc.collect()
    finally:
        gc.enable()
    assert left < 10
