"""YAML parts with the line each value stands on, and every problem in them at once."""
