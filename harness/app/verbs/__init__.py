"""What the verbs do apart from running a plan, a module for each; `harness.cli` shows the results."""
