"""Processes beside a run: how they are started, listened to and ended, and how they end by themselves."""
