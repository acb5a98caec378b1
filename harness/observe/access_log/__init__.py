"""A router's access log: its formats, how its files are followed, and how lines become windows."""
