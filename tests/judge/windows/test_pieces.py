"""The pieces that a growing stage is looked at in."""

from itertools import pairwise

from harness.judge.windows.pieces import MAX_PIECES, Doubling, looks_at


def test_a_stage_of_any_length_is_looked_at_in_few_pieces_and_no_block_is_lost():
    doubling, blocks, looks = Doubling(), 0, []
    while blocks < 2880:
        blocks += doubling.blocks_each
        doubling.add()
        looks.append(blocks)
        assert doubling.blocks == blocks
        assert blocks / doubling.blocks_each < MAX_PIECES
    assert looks[:120] == list(range(1, 121))
    assert len(looks) < 420
    assert max(later / look for look, later in pairwise(looks[120:])) < 1.02


def test_the_looks_at_a_stage_are_known_before_it_begins():
    assert list(looks_at(4)) == [1, 2, 3, 4]
    assert list(looks_at(125))[-4:] == [119, 120, 122, 124]
