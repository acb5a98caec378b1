"""Load from several processes: the coordinator, its workers, and what they say to each other."""
