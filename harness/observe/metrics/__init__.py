"""Histograms that a service exposes: how pages and servers are read, and how counts become windows."""
