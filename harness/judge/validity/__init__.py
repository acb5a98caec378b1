"""Whether the evidence of a stage can be trusted at all."""
