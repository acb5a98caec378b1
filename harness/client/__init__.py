"""How the servers of a plan are reached, and what is sent to them: one answer for all who talk to them."""
