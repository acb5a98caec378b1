"""Locust users whose tasks are paced by the schedule."""
