from itertools import pairwise

import pytest

from harness.observe.past.sampled import EVERY_BYTES, sampled


def test_the_first_and_the_last_line_and_one_of_every_page_are_whole():
    lines = [f"{number:06d} {'x' * (number % 150)}\n".encode() for number in range(2000)]
    piece = b"".join(lines)
    found = sampled(piece).splitlines(keepends=True)
    assert set(found) <= set(lines)
    assert (found[0], found[-1]) == (lines[0], lines[-1])
    places = [piece.index(line) for line in found]
    assert all(later - earlier <= EVERY_BYTES + 400 for earlier, later in pairwise(places))
    assert len(found) < len(lines) / 10


@pytest.mark.parametrize("piece", [b"", b"one\n", b"one\ntwo\n", b"one", b"\n"])
def test_short_pieces_lose_no_end(piece):
    found = sampled(piece)
    assert piece.startswith(found[:4])
    assert found.endswith(piece[-4:])


def test_lines_longer_than_a_page_are_sampled_once():
    lines = [bytes([65 + n]) * 10_000 + b"\n" for n in range(5)]
    assert sampled(b"".join(lines)) == b"".join(lines)
