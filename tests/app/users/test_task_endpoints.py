import importlib.util
from pathlib import Path

import pytest

from harness.app.users.task_endpoints import task_endpoints

USER = """
PATH = "/orders"
class Shop(GateUser):
    HEALTH = "/health"
    @task
    def buy(self):
        self.client.get("/items/17?page=2")
        self.client.post(f"/items/{self.item}/buy", json={})
        self.client.put("/items/" + self.item, name="/items/{id}")
        self.client.get(PATH)
        with self.client.delete(url=self.HEALTH, catch_response=True) as response:
            response.headers.get("etag")
        with self.client.request("PATCH", "https://shop.example/cart"):
            pass
"""


@pytest.mark.parametrize(
    "endpoint",
    [
        "GET /items/[id]",
        "POST /items/[id]/buy",
        "PUT /items/{id}",
        "GET /orders",
        "DELETE /health",
        "PATCH /cart",
    ],
)
def test_a_call_sends_to_its_name_or_else_to_its_path_with_ids_folded(endpoint):
    assert task_endpoints([USER]).may_send(endpoint)


@pytest.mark.parametrize(
    "endpoint", ["/items/[id]", "GET /items", "POST /orders", "GET etag", "GET /items/17"]
)
def test_other_endpoints_are_sent_by_no_call(endpoint):
    assert not task_endpoints([USER]).may_send(endpoint)


def test_what_is_put_together_at_run_time_may_be_anything_and_is_shown_so():
    found = task_endpoints(["self.client.get(path)\nself.client.post(f'/a/{b}')"])
    assert found.may_send("GET /whatever")
    assert not found.may_send("POST /b")
    assert found.shown == ("GET …", "POST /a/…")


def test_what_a_client_of_its_own_reports_to_locust_is_an_endpoint():
    found = task_endpoints(["events.request.fire(request_type='xmlrpc', name=method, response_time=1)"])
    assert found.may_send("xmlrpc get_time")
    assert not found.may_send("GET /")


def test_without_any_call_nothing_is_known():
    assert task_endpoints(["from company import Shop"]).may_send("GET /anything")


def test_a_file_that_is_no_python_is_an_error_with_its_line():
    with pytest.raises(SyntaxError) as error:
        task_endpoints(["x = 1\ndef f(:\n"])
    assert error.value.lineno == 2


def test_every_file_of_locust_itself_can_be_read():
    package = Path(importlib.util.find_spec("locust").origin).parent
    assert task_endpoints(file.read_text() for file in package.rglob("*.py")).names
