"""HDR histograms of response times, per window, variant and endpoint, and how they are written."""
