"""Times without a zone in the hours in which the clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from harness.observe.access_log.local_times import UnclearTime, WrittenInTurn, WrittenNow
from harness.observe.access_log.moments import Moments

BERLIN, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")
BACK = {BERLIN: datetime(2026, 10, 25, 1, tzinfo=UTC), LORD_HOWE: datetime(2026, 4, 4, 15, tzinfo=UTC)}
"""The moments at which the clocks go back, by an hour and by half of one."""
FORWARD = datetime(2026, 3, 29, 1, tzinfo=UTC)
TWICE, NEVER = "25/Oct/2026:02:30:00.000", "2026-03-29T02:30:00"


def lines(began, minutes, zone=BERLIN):
    """Return moments, one a minute, and how a router in a zone writes them."""
    all_s = [(began + timedelta(minutes=minute)).timestamp() for minute in range(minutes)]
    return all_s, [f"{datetime.fromtimestamp(at_s, zone):%d/%b/%Y:%H:%M:%S}.000" for at_s in all_s]


@pytest.mark.parametrize("after_s", [-1800, 1800])
def test_what_is_written_now_means_the_moment_nearer_to_now(after_s):
    at_s = BACK[BERLIN].timestamp() + after_s
    assert Moments(BERLIN, WrittenNow(lambda: at_s + 1)).of([TWICE]) == [at_s]


def test_what_is_written_now_and_never_was_is_no_time():
    with pytest.raises(ValueError, match="never was"):
        Moments(BERLIN, WrittenNow(lambda: 0.0)).of([NEVER])


@pytest.mark.parametrize("zone", [BERLIN, LORD_HOWE])
def test_lines_of_the_past_follow_each_other_through_a_change_of_the_clocks(zone):
    all_s, written = lines(BACK[zone] - timedelta(hours=2), 4 * 60, zone)
    assert Moments(zone, WrittenInTurn()).of(written) == all_s


def test_lines_of_the_past_follow_each_other_over_the_hour_that_is_left_out():
    all_s, written = lines(FORWARD - timedelta(hours=1), 2 * 60)
    assert Moments(BERLIN, WrittenInTurn()).of(written) == all_s


def test_lines_that_are_a_little_out_of_order_keep_their_hour():
    all_s, written = lines(BACK[BERLIN] - timedelta(hours=2), 4 * 60)
    swapped = [place ^ 7 for place in range(len(all_s))]
    read = Moments(BERLIN, WrittenInTurn()).of([written[place] for place in swapped])
    assert read == [all_s[place] for place in swapped]


@pytest.mark.parametrize("before", [[], ["25/Oct/2026:01:55:00.000"], ["25/Oct/2026:03:05:00.000"]])
def test_no_hour_is_guessed_where_no_line_shortly_before_tells_it(before):
    with pytest.raises(UnclearTime, match=r"02:30:00\.000' was twice"):
        Moments(BERLIN, WrittenInTurn()).of([*before, TWICE])


def test_lines_that_were_read_before_tell_the_hour_too():
    written = WrittenInTurn()
    written.before_s = BACK[BERLIN].timestamp() + 1000
    assert Moments(BERLIN, written).of([TWICE]) == [BACK[BERLIN].timestamp() + 1800]


@pytest.mark.parametrize(("hours", "is_read"), [(1.4, False), (1.6, True)])
def test_either_hour_will_do_where_both_are_over_before_what_matters(hours, is_read):
    from_s = (BACK[BERLIN] + timedelta(hours=hours)).timestamp()
    _, written = lines(BACK[BERLIN] - timedelta(hours=0.5), 120)
    moments = Moments(BERLIN, WrittenInTurn(from_s))
    if is_read:
        assert max(moments.of(written)) <= from_s
    else:
        with pytest.raises(UnclearTime):
            moments.of(written)


def test_a_past_time_that_never_was_shows_that_the_zone_is_another():
    with pytest.raises(UnclearTime, match=r"02:30:00' never was.*set the `timezone`"):
        Moments(BERLIN, WrittenInTurn()).of(["2026-03-29T01:59:00", NEVER])
