import pytest

from harness.observe.cpu_limit import TookTooLong
from harness.observe.endpoints import EndpointNames
from harness.record.histograms.endpoints import MAX_ENDPOINTS, OTHERS


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "/"),
        ("", "/"),
        ("/api/tasks/17", "/api/tasks/{id}"),
        ("/api/tasks/17/notes/3?x=1#y", "/api/tasks/{id}/notes/{id}"),
        ("/u/6f1c2b3a-0d1e-4f5a-8b9c-0123456789ab", "/u/{id}"),
        ("/blob/0f3e5d7c9b1a", "/blob/{id}"),
        ("/s/dGhpcyBpcyBhIGxvbmcga2V5MQ", "/s/{id}"),
        ("/static/app.3f2a9c1b.js", "/static/app.{id}.js"),
        ("/api/v2/feed", "/api/v2/feed"),
        ("/feedback", "/feedback"),
        ("http://shop.example/cart/5", "/cart/{id}"),
        ("/a\x1b[31mb", "/a?[31mb"),
    ],
)
def test_what_names_one_thing_of_many_is_left_out(path, route):
    assert EndpointNames(()).name("GET", path) == f"GET {route}"


def test_the_first_pattern_that_fits_names_the_route():
    endpoints = EndpointNames(["/api/tasks/{id}", "/api/{what}/all", "/static/*"])
    assert endpoints.name("GET", "/api/tasks/all") == "GET /api/tasks/{id}"
    assert endpoints.name("GET", "/api/users/all") == "GET /api/{what}/all"
    assert endpoints.name("GET", "/static/js/a.js") == "GET /static/*"
    assert endpoints.name("PUT", "/api/tasks/a/b") == "PUT /api/tasks/a/b"


def test_endpoints_beyond_the_cap_are_counted_together():
    endpoints = EndpointNames(())
    names = [
        endpoints.name("GET", f"/{chr(97 + n // 26)}{chr(97 + n % 26)}") for n in range(MAX_ENDPOINTS + 50)
    ]
    assert len({*names}) == MAX_ENDPOINTS + 1
    assert names[-1] == OTHERS
    assert endpoints.name("GET", "/aa") == "GET /aa"


def test_a_method_that_no_client_sends_is_a_question_mark():
    assert EndpointNames(()).name("\x16\x03\x01", "/") == "? /"


def test_an_endpoint_that_the_plan_names_keeps_its_name_beyond_the_cap():
    endpoints = EndpointNames((), ["GET /checkout/{id}"])
    for number in range(MAX_ENDPOINTS + 50):
        endpoints.name("GET", f"/{chr(97 + number // 26)}{chr(97 + number % 26)}")
    assert endpoints.name("GET", "/checkout/7") == "GET /checkout/{id}"
    assert endpoints.name("GET", "/basket") == OTHERS


def test_a_path_that_is_made_to_be_hard_to_read_costs_no_time():
    assert EndpointNames([]).name("GET", "a" * 500_000).startswith("GET aaa")
    assert EndpointNames([]).name("GET", "http://" + "a" * 500_000) == "GET /"
    with pytest.raises(TookTooLong):
        EndpointNames(["/{a}-{b}-{c}-{d}"]).name("GET", "/" + "-" * 8_000 + "/")
