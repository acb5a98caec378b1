"""What a client needs to be let in: TLS settings and secrets, of targets and of a Prometheus server."""
