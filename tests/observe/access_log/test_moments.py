from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from harness.observe.access_log.moments import Moments

AT_S = datetime(2026, 11, 29, 7, 26, 40, tzinfo=UTC).timestamp()


def moments(zone="UTC", now_s=AT_S):
    return Moments(ZoneInfo(zone), lambda: now_s)


@pytest.mark.parametrize(
    "written",
    [
        AT_S,
        int(AT_S * 1e3),
        int(AT_S * 1e6),
        int(AT_S * 1e9),
        f"{AT_S:.3f}",
        "2026-11-29T07:26:40Z",
        "2026-11-29T08:26:40.000+01:00",
        "2026-11-29T07:26:40.000000000Z",
        "29/Nov/2026:07:26:40 +0000",
        "29/Nov/2026:09:56:40 +0230",
        "29/Nov/2026:07:26:40.000",
    ],
)
def test_times_are_read_as_routers_write_them(written):
    assert moments().of([written]) == [AT_S]


@pytest.mark.parametrize(
    "written", ["", "-", "29/Dez/2026:07:26:40 +0000", "tomorrow", "2026-13-01T00:00:00Z"]
)
def test_what_is_no_time_is_an_error(written):
    with pytest.raises(ValueError, match=r"."):
        moments().of([written])


def test_the_hour_that_a_change_of_the_clocks_repeats_means_the_moment_nearer_to_now():
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()
    text = "25/Oct/2026:02:30:00.000"
    assert moments("Europe/Berlin", first + 1).of([text]) == [first]
    assert moments("Europe/Berlin", first + 3601).of([text]) == [first + 3600]


def test_lines_of_a_repeated_hour_follow_each_other_however_many_are_read_at_once():
    began_s = datetime(
        2026, 10, 24, 23, 0, tzinfo=UTC
    ).timestamp()  # 01:00 in Berlin, an hour before the first
    all_s = [began_s + 60 * minute for minute in range(4 * 60)]
    zone = ZoneInfo("Europe/Berlin")
    written = [f"{datetime.fromtimestamp(at_s, zone):%d/%b/%Y:%H:%M:%S}.000" for at_s in all_s]
    assert moments("Europe/Berlin", began_s + 7200).of(written) == all_s


@pytest.mark.parametrize(
    "written", ["2016-12-31T23:59:60Z", "2017-01-01T00:59:60.000+01:00", "31/Dec/2016:23:59:60 +0000"]
)
def test_a_leap_second_is_the_second_that_follows(written):
    assert moments().of([written]) == [datetime(2017, 1, 1, tzinfo=UTC).timestamp()]
