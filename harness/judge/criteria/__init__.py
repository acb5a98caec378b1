"""Judging each kind of criterion by the evidence of a stage."""
