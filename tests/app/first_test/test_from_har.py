"""What a browser's recording tells about the requests of a service."""

import json

import pytest

from harness.app.first_test.from_har import from_har
from harness.app.first_test.known_traffic import KnownRequest, UnknownTraffic


def entry(method, url, body=None):
    posted = {} if body is None else {"postData": {"mimeType": "application/json", "text": body}}
    return {"request": {"method": method, "url": url, "headers": [], **posted}, "response": {"status": 200}}


@pytest.fixture
def read(tmp_path):
    def known(*entries):
        path = tmp_path / "shop.har"
        path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
        return from_har(path)

    return known


def test_requests_to_the_first_host_are_kept_with_their_bodies(read):
    known = read(
        entry("GET", "https://shop.example/items/17?full=1"),
        entry("GET", "https://shop.example/items/18"),
        entry("POST", "https://shop.example/cart", '{"item": 17}'),
        entry("GET", "https://cdn.example/logo.png"),
        entry("DELETE", "https://shop.example/cart"),
        entry("GET", "data:image/png;base64,xyz"),
    )
    found = {each.name: list(each.requests) for each in known.endpoints}
    assert found == {
        "GET /items/{id}": [KnownRequest("/items/17?full=1"), KnownRequest("/items/18")],
        "POST /cart": [KnownRequest("/cart", {"item": 17})],
    }
    assert [each.partition(" ")[0] for each in known.left_out] == ["cdn.example", "DELETE"]


def test_what_is_no_archive_or_an_empty_one_is_said_to_be_so(read, tmp_path):
    (tmp_path / "not.har").write_text("{}")
    with pytest.raises(UnknownTraffic, match="is not an HTTP archive"):
        from_har(tmp_path / "not.har")
    with pytest.raises(UnknownTraffic, match="no such file"):
        from_har(tmp_path / "missing.har")
    with pytest.raises(UnknownTraffic, match="no HTTP request"):
        read()
