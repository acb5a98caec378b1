"""A signed statement about a run: what it came to, and the digests of the files that say so."""
