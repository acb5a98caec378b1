"""The embedded service: baseline and canary with faults to switch on."""

from harness.demo.main import command

__all__ = ["command"]
