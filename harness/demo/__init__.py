"""The embedded service: baseline and canary with faults to switch on."""
