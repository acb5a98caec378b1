"""What was seen: histograms per window, probes and events, kept as files in one run directory."""
