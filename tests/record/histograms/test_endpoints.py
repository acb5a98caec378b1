from harness.record.histograms.clocks import Timings
from harness.record.histograms.endpoints import MAX_ENDPOINTS, OTHERS, Endpoints
from harness.record.histograms.window import LiveWindow

TOOK = Timings(0.0, 0.0, 0.001, 0.002)


def test_the_first_endpoints_keep_their_names_and_all_others_share_one():
    endpoints = Endpoints(max_endpoints=2)
    counted = [endpoints.counted_as(name) for name in ("a", "b", "c", "a", "d")]
    assert counted == ["a", "b", OTHERS, "a", OTHERS]


def test_the_endpoints_that_a_plan_names_keep_their_names_however_late_they_come():
    endpoints = Endpoints(["c"], max_endpoints=2)
    counted = [endpoints.counted_as(name) for name in ("a", "b", "c", OTHERS)]
    assert counted == ["a", OTHERS, "c", OTHERS]


def test_a_window_of_unique_paths_has_a_bounded_number_of_histograms_and_every_request():
    window = LiveWindow(0.0, 1.0)
    for number in range(5 * MAX_ENDPOINTS):
        window.record(number % 2, f"GET /items/{number}", True, TOOK)
        window.record_error(number % 2, f"GET /items/{number}", "HTTP 500")
    window.unsent = 0
    closed = window.close()
    named = {tag.endpoint for tag in closed.histograms if str(tag.endpoint).startswith("GET ")}
    assert len(named) == MAX_ENDPOINTS
    assert sum(closed.requests.values()) == 5 * MAX_ENDPOINTS


def test_all_windows_of_a_stage_tell_the_same_endpoints_apart():
    endpoints = Endpoints(max_endpoints=1)
    first, second = (LiveWindow(float(start_s), 1.0, endpoints) for start_s in (0, 1))
    first.record(0, "GET /a", True, TOOK)
    second.record(0, "GET /b", True, TOOK)
    second.record(1, "GET /a", True, TOOK)
    assert set(second.cells) == {(0, OTHERS, True), (1, "GET /a", True)}
