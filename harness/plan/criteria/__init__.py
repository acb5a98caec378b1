"""The criterion language: measures, quantities, limits, and the one comparison of a value with a limit."""
