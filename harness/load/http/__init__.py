"""An HTTP client for Locust tasks that measures every request on two clocks."""
