"""Live figures of a run for Prometheus and Grafana."""
