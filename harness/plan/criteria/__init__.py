"""What a criterion says: measures, quantities, limits, and the one comparison of a value with a limit."""
