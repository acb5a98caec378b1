"""How the embedded service behaves: latency, capacity, and faults on a schedule."""
