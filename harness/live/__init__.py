"""A run while it goes on: its page inside Locust's web interface, its metrics, its dashboard."""
