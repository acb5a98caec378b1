"""A source of windows that watches: the requests of real users, read from what the router records."""
