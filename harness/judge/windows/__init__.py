"""How a stage's time is cut into blocks and moments, and how its risk is shared between them."""
