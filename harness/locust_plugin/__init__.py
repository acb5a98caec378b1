"""Follows Locust's life cycle and runs the gate inside it."""
