"""A small part of the campaign, at moments in each phase of a run."""

import signal

import pytest

from tests.campaign.kills import Kill, carry_out, kills

pytestmark = pytest.mark.real

# A machine that runs other tests beside it takes longer than the five seconds of the campaign.
BUSY_S = 20.0
MOMENTS = [
    Kill(signal.SIGINT, "parent", 1.0),
    Kill(signal.SIGKILL, "parent", 4.0),
    Kill(signal.SIGKILL, "child", 5.5),
    Kill(signal.SIGHUP, "group", 5.0),
    Kill(signal.SIGQUIT, "group", 3.0),
    Kill(signal.SIGTERM, "child", 6.5),
]


@pytest.mark.parametrize("kill", MOMENTS, ids=str)
def test_a_run_that_a_signal_ends_keeps_its_promises(tmp_path, kill):
    left = carry_out(kill, tmp_path, BUSY_S)
    assert left.broken == (), left.end_of_output


def test_a_seed_names_the_same_moments_again():
    assert list(kills(1, 5, 20.0)) == list(kills(1, 5, 20.0)) != list(kills(2, 5, 20.0))
