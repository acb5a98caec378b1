"""How people see a run: a page, a table, a line while it lasts; from the run directory alone."""
