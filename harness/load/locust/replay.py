"""The Locust user that replays the requests of a log."""

from __future__ import annotations

from locust import task

from harness.load.http.endpoint_name import with_ids_folded
from harness.load.locust.user import GateUser


class ReplayUser(GateUser):
    """For each arrival, sends the request that was logged at its time, without a body; follows no redirect.

    Requests are counted by their path, with ids folded and without the query.
    """

    @task
    def replay(self) -> None:
        """Send the request of this arrival."""
        load, due_s = self._generator.load, self.arrival.due_s
        assert load is not None  # there is an arrival
        assert due_s is not None
        method, path = load.recorded_request(due_s)
        name = with_ids_folded(path.partition("?")[0])
        self.client.request(method, path, name=name, allow_redirects=False)
