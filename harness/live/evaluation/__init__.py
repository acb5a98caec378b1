"""Evaluates a run while it goes on: triggers, early fails and levels, and findings so far for the page."""
