"""HTTP/1.1 over one connection at a time: dialing, writing, parsing."""
