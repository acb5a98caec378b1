"""Users of the embedded service's task API. What one request is; the plan says how many."""

import random

from locust import task

from harness.plugin import GateUser


class TasksUser(GateUser):
    """Mostly reads, some lists, a few writes."""

    @task(6)
    def read(self):
        """Read one task."""
        self.client.get(f"/api/tasks/{random.randint(1, 20)}", name="/api/tasks/{id}")

    @task(3)
    def list(self):
        """List the tasks."""
        self.client.get("/api/tasks")

    @task(1)
    def create(self):
        """Create a task."""
        self.client.post("/api/tasks", json={"title": "write the retrospective", "done": False})
