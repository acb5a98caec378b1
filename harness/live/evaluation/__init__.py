"""Watches a run's own record while it grows: triggers that fire, levels that are reached."""
