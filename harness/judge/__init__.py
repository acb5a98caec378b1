"""What the evidence means: pure functions, recorded windows in, findings and a verdict out."""
