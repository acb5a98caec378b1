"""Puts the parts together: a run from its plan to its exit code."""
