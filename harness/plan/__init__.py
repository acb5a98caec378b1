"""What was promised: the plan of a run, its criterion language and its loader."""
