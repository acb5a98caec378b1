"""What the verbs do, apart from running: a module for each, without a word on how it is shown."""
