import threading

from harness.notify.delivery import Delivery
from harness.notify.message import Message, Tone
from harness.plan.client.notify import News

FAILED = Message((News.FAILED, News.ROLLED_BACK), "title", "body", Tone.FAILURE)


def delivered(send, *messages, wanted=("failed",)):
    told = []
    delivery = Delivery(1, frozenset(wanted), send, told.append)
    for message in messages:
        delivery.add(message)
    delivery.finish(10)
    return told


def test_a_receiver_gets_what_it_wants_to_hear():
    got = []
    [told] = delivered(got.append, FAILED, Message((News.PASSED,), "", "", Tone.SUCCESS))
    assert got == [FAILED]
    assert (told["receiver"], told["news"], told["problem"]) == (1, "failed, rolled back", None)


def test_a_receiver_that_refuses_or_fails_is_reported_without_its_words():
    def breaks(message):
        raise RuntimeError("https://token@host")

    [refused] = delivered(lambda message: "it refused the message", FAILED)
    [broken] = delivered(breaks, FAILED)
    assert refused["problem"] == "it refused the message"
    assert broken["problem"] == "it could not be sent: RuntimeError"


def test_a_receiver_that_hangs_delays_nobody_and_loses_what_is_too_much():
    free, told = threading.Event(), []
    hanging = Delivery(1, frozenset(["failed"]), lambda message: free.wait(60) and None, told.append)
    for _ in range(30):
        hanging.add(FAILED)
    assert {one["problem"] for one in told} == {"too many messages wait for this receiver"}
    assert len(told) >= 9
    hanging.finish(0)
    free.set()
