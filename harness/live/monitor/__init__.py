"""Key metrics of a release that nobody sends load to."""
