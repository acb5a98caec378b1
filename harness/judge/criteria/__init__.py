"""What each kind of criterion comes to on the evidence of a stage."""
