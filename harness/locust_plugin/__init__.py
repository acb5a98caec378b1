"""Runs the gate inside Locust, along its life cycle."""
