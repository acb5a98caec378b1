"""A seeded campaign over faults: what is true of each is known, so what the gate may never say is too."""
