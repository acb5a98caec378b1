"""What a description tells about the requests of a service."""

import pytest

from harness.app.first_test.from_openapi import from_openapi
from harness.app.first_test.known_traffic import KnownRequest, UnknownTraffic
from tests.app.first_test.petstore import TEXT


@pytest.fixture
def read(tmp_path):
    def known(text):
        path = tmp_path / "petstore.yaml"
        path.write_text(text)
        return from_openapi(path)

    return known


def test_every_operation_is_a_request_with_valid_values(read):
    found = {each.name: each.requests[0] for each in read(TEXT).endpoints}
    assert found == {
        "GET /v1/pets": KnownRequest("/v1/pets"),
        "POST /v1/pets": KnownRequest("/v1/pets", {"id": 1, "name": "text", "tag": "text"}),
        "GET /v1/pets/{petId}": KnownRequest("/v1/pets/text"),
    }


def test_queries_that_are_needed_are_sent_and_what_removes_data_is_not(read):
    text = TEXT.replace("required: false", "required: true").replace("    post:", "    delete:")
    known = read(text)
    assert known.endpoints[0].requests[0].path == "/v1/pets?limit=1"
    assert known.left_out == ["DELETE /pets: the method removes data"]


@pytest.mark.parametrize("text", ["swagger: '2.0'\npaths: {}\n", "- a\n", "openapi: 3.0.0\n"])
def test_what_is_no_description_of_version_3_is_said_to_be_so(read, text):
    with pytest.raises(UnknownTraffic, match="is not an OpenAPI description of version 3"):
        read(text)


def test_what_is_not_even_yaml_is_said_to_be_so(read):
    with pytest.raises(UnknownTraffic, match="neither YAML nor JSON"):
        read("{{{")
