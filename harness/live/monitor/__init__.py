"""Monitors a service without sending load to it."""
