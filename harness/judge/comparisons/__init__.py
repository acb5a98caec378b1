"""A number that blocks show, beside the limit that a criterion sets: one test for looks and for the end."""
