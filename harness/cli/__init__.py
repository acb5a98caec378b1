"""The `harness` command: verbs without logic."""
