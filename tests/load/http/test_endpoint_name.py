import pytest

from harness.load.http.endpoint_name import with_ids_folded
from tests.load.client import OK, client


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("/items/17", "/items/[id]"),
        ("/items/17/parts/4?page=2", "/items/[id]/parts/[id]"),
        ("/users/3f2b8c1e-9d4a-4c6b-8e2f-0123456789ab", "/users/[id]"),
        ("/commits/0a1b2c3d4e5f60718293", "/commits/[id]"),
        ("/v1/items", "/v1/items"),
        ("/deadbeefface", "/deadbeefface"),
        ("/", "/"),
    ],
)
def test_numbers_uuids_and_long_hexadecimals_of_a_path_are_one_endpoint(url, name):
    assert with_ids_folded(url) == name


def test_a_class_decides_whether_ids_are_folded_and_a_name_of_its_own_wins():
    with client(OK, OK, OK, session={"fold_ids": True}) as (folding, _):
        folding.session.get("/items/1")
        folding.session.get("/items/2")
        folding.session.get("/items/3", name="third")
    with client(OK, OK) as (plain, _):
        plain.session.get("/items/1")
    assert [meta["name"] for meta in folding.fired] == ["/items/[id]", "/items/[id]", "third"]
    assert plain.fired[0]["name"] == "/items/1"
