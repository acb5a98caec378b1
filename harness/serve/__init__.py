"""An HTTP gate for release controllers: it runs a plan once per release and responds with the verdict."""
