"""What is done about a release: its stages, one after another, under load."""
