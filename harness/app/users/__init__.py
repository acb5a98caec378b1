"""Where the users of a plan are, and what their tasks say, without running any of it."""
