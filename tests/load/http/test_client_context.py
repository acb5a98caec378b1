"""Where load may go: the targets and the hosts the plan allows."""

import pytest

from harness.load.http.target import TargetError
from tests.load.client import OK, client, client_of
from tests.load.scripted import serving


def test_an_absolute_url_of_the_own_target_leaves_its_path_prefix():
    with serving(OK) as (url, seen), client_of(f"{url}/api") as one:
        one.session.get("/x")
        one.session.get(f"{url}/y?a=b", params={"c": "d"})
        assert [request.split()[1] for request in seen] == [b"/api/x", b"/y?a=b&c=d"]


def test_an_absolute_url_elsewhere_is_an_error_of_the_task():
    with client(OK) as (one, _):
        with pytest.raises(ValueError, match="allow_hosts"):
            one.session.get("http://example.com/")
        assert not one.fired


def test_hosts_the_plan_allows_are_those_load_goes_to():
    with serving(OK) as (other, seen), client(OK, allow_hosts=["elsewhere.test"]) as (one, _):
        with pytest.raises(TargetError, match="allow_hosts"):
            one.session.get(f"{other}/x")
        assert not seen
