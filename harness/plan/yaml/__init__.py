"""YAML parts with the line of each value, and every problem in them at once."""
