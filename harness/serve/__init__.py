"""An HTTP gate for release controllers: they ask, a plan is run once per release, the verdict answers."""
