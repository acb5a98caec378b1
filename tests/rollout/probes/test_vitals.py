import pytest

from harness.rollout.probes.vitals import ProcessHistory, Scrape, parse_scrape

PAGE = """# HELP process_cpu_seconds_total Total user and system CPU time spent in seconds.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 12.5
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes 2.4e+09
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1.7e9
# TYPE http_requests_total counter
http_requests_total{path="process_cpu_seconds_total 99"} 7
"""


def test_a_page_gives_cpu_memory_and_start_of_the_process():
    assert parse_scrape(PAGE) == Scrape(12.5, 2.4e9, 1.7e9)


def test_several_processes_of_a_page_add_up():
    page = 'process_cpu_seconds_total{pid="1"} 2\nprocess_cpu_seconds_total{pid="2"} 3\n'
    assert parse_scrape(page) == Scrape(5.0, None, None)


@pytest.mark.parametrize("page", ["", "<html>not found</html>", "process_cpu_seconds_total many\n"])
def test_a_page_that_tells_nothing_about_a_process_is_refused_with_a_reason(page):
    with pytest.raises(ValueError, match=r"is not Prometheus text|the page has none of"):
        parse_scrape(page)


def test_cpu_is_the_rate_between_two_scrapes():
    vitals = ProcessHistory()
    assert vitals.take(10.0, Scrape(5.0, 1.0, 100.0)).cpu is None
    assert vitals.take(12.0, Scrape(6.0, 1.0, 100.0)).cpu == pytest.approx(0.5)


def test_a_new_start_time_is_a_restart_and_costs_one_cpu_value():
    vitals = ProcessHistory(lambda: 150.0)
    vitals.take(0.0, Scrape(50.0, 1.0, 100.0))
    after = vitals.take(1.0, Scrape(51.0, 1.0, 200.0))
    assert (after.restarts, after.cpu) == (1, None)
    assert vitals.take(2.0, Scrape(51.5, 1.0, 200.0)).cpu == pytest.approx(0.5)


def test_a_counter_that_falls_is_a_restart_where_no_start_time_is_told():
    vitals = ProcessHistory()
    vitals.take(0.0, Scrape(50.0, None, None))
    assert vitals.take(1.0, Scrape(0.2, None, None)).restarts == 1


def test_a_start_time_that_wobbles_with_the_clock_is_no_restart():
    vitals = ProcessHistory()
    vitals.take(0.0, Scrape(1.0, None, 100.0))
    assert vitals.take(1.0, Scrape(1.1, None, 100.4)).restarts == 0


def test_answers_that_overtake_each_other_give_no_cpu():
    vitals = ProcessHistory()
    vitals.take(5.0, Scrape(1.0, None, 100.0))
    assert vitals.take(5.0, Scrape(1.1, None, 100.0)).cpu is None


@pytest.mark.parametrize("starts", [(1000.0, 863.0), (1000.0, 1137.0), (726.0, 863.0)])
def test_several_processes_behind_one_address_are_no_restarts(starts):
    vitals = ProcessHistory(lambda: 5000.0)
    seen = [vitals.take(float(at), Scrape(50.0 + at, 1.0, starts[at % 2])) for at in range(6)]
    assert [each.restarts for each in seen] == [0, *[None] * 5]
    assert all(each.cpu is None for each in seen)
    assert seen[-1].several_processes


def test_a_start_time_that_comes_back_is_another_process_even_if_it_looked_like_a_restart():
    vitals = ProcessHistory(lambda: 150.0)
    seen = [
        vitals.take(float(at), Scrape(50.0, 1.0, start)) for at, start in enumerate((100.0, 149.0, 100.0))
    ]
    assert [each.restarts for each in seen] == [0, 1, None]


def test_a_start_time_that_wobbles_by_two_seconds_is_no_restart():
    vitals = ProcessHistory(lambda: 5000.0)
    seen = [
        vitals.take(float(at), Scrape(50.0 + at, 1.0, start))
        for at, start in enumerate((100.0, 101.01, 99.0, 101.0))
    ]
    assert [each.restarts for each in seen] == [0, 0, 0, 0]


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf", "-1", "1e400", "9" * 400])
def test_what_an_exporter_does_not_know_is_unknown(value):
    page = f"process_cpu_seconds_total 2\nprocess_resident_memory_bytes {value}\n"
    assert parse_scrape(page + f"process_start_time_seconds {value}\n") == Scrape(2.0, None, None)
