"""The embedded service's HTTP/1.1 server."""
