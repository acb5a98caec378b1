import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.load.workers.seal import MasterSeal, NotSealed, WorkerSeal

KEY = b"0123456789abcdef"


def joined(key=KEY, worker="w1"):
    master = MasterSeal(key)
    member = WorkerSeal(key, worker)
    assert master.open(worker, member.greeting()) is None
    assert member.open(master.reply_to_greeting(worker)) is None
    assert member.knows_run
    return master, member


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_what_is_sealed_is_opened_at_the_other_end(up, down):
    master, worker = joined()
    assert master.open("w1", worker.seal(up)) == up
    assert worker.open(master.seal("w1", down)) == down


@given(st.binary(max_size=200))
def test_bytes_of_a_stranger_are_refused(data):
    master, worker = joined()
    with pytest.raises(NotSealed):
        master.open("w1", data)
    with pytest.raises(NotSealed):
        worker.open(data)


@given(st.data())
def test_a_message_with_one_bit_changed_is_refused(data):
    master, worker = joined()
    message = bytearray(worker.seal(b"completed: 100"))
    bit = data.draw(st.integers(0, 8 * len(message) - 1))
    message[bit // 8] ^= 1 << bit % 8
    with pytest.raises(NotSealed):
        master.open("w1", bytes(message))


def test_another_key_opens_nothing():
    master, _ = joined()
    stranger = WorkerSeal(b"another key of some length", "w1")
    with pytest.raises(NotSealed, match="does not have the key"):
        master.open("w1", stranger.greeting())
    with pytest.raises(NotSealed, match="does not have the key"):
        stranger.open(master.reply_to_greeting("w1"))


def test_a_message_counts_once_in_either_direction():
    master, worker = joined()
    up, down = worker.seal(b"window"), master.seal("w1", b"begin")
    assert (master.open("w1", up), worker.open(down)) == (b"window", b"begin")
    with pytest.raises(NotSealed, match="came before"):
        master.open("w1", up)
    with pytest.raises(NotSealed, match="came before"):
        worker.open(down)


def test_a_message_of_an_earlier_run_with_the_same_key_is_refused():
    _, worker = joined()
    later = MasterSeal(KEY)
    with pytest.raises(NotSealed, match="another run"):
        later.open("w1", worker.seal(b"completed: 100"))
    with pytest.raises(NotSealed, match="another run"):
        worker.open(later.reply_to_greeting("w1"))


def test_nobody_speaks_for_another_worker_or_the_other_side():
    master, worker = joined()
    with pytest.raises(NotSealed):
        master.open("w2", worker.seal(b"status"))
    other = WorkerSeal(KEY, "w2")
    with pytest.raises(NotSealed):
        other.open(master.seal("w1", b"stop"))
    for sent, mine in itertools.product((worker.seal(b"x"), worker.greeting()), (worker,)):
        with pytest.raises(NotSealed):
            mine.open(sent)
