from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from harness.observe.access_log.local_times import WrittenNow
from harness.observe.access_log.moments import Moments

AT_S = datetime(2026, 11, 29, 7, 26, 40, tzinfo=UTC).timestamp()


def moments(zone="UTC", now_s=AT_S):
    return Moments(ZoneInfo(zone), WrittenNow(lambda: now_s))


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
        "[29/Nov/2026:08:26:40.000 +0100]",
    ],
)
def test_times_are_read_as_routers_write_them(written):
    assert moments().of([written]) == [AT_S]


@pytest.mark.parametrize(
    "written",
    ["", "-", "29/Dez/2026:07:26:40 +0000", "tomorrow", "2026-13-01T00:00:00Z", "2026-11-29T07:26:40.1.2"],
)
def test_what_is_no_time_is_an_error(written):
    with pytest.raises(ValueError, match=r"."):
        moments().of([written])


@pytest.mark.parametrize(
    "template", ["2026-11-29T07:26:40{}Z", "2026-11-29T08:26:40{}+01:00", "29/Nov/2026:07:26:40{}"]
)
def test_each_decimal_of_a_second_counts(template):
    column = [template.format(decimals) for decimals in ("", ".5", ".125", ".000001")]
    assert moments().of(column) == pytest.approx(
        [AT_S, AT_S + 0.5, AT_S + 0.125, AT_S + 1e-6], abs=3e-7, rel=0
    )


def test_a_column_may_go_over_from_numbers_to_texts_and_back():
    column = [AT_S, "2026-11-29T07:26:40Z", int(AT_S * 1e3), f"{AT_S}"]
    assert moments().of(column) == [AT_S] * 4
    assert moments().of(column[1:]) == [AT_S] * 3


@pytest.mark.parametrize(
    "written", ["2016-12-31T23:59:60Z", "2017-01-01T00:59:60.000+01:00", "31/Dec/2016:23:59:60 +0000"]
)
def test_a_leap_second_is_the_second_that_follows(written):
    assert moments().of([written]) == [datetime(2017, 1, 1, tzinfo=UTC).timestamp()]
