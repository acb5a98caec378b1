"""Tells people elsewhere about a run: chat channels and webhooks, in a process beside the run."""
