"""Processes beside a run: how the run starts, reads and ends them, and how they end with it."""
