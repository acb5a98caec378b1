"""Real traffic that is watched: which log, what its lines say, and what tells the variant."""
