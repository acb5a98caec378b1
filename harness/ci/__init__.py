"""A run as a job of a pipeline: the child that runs it, what the pipeline's pages show, its exit code."""
