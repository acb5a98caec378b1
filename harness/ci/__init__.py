"""A run as a pipeline job: the process that runs it, what the pipeline shows of it, and the exit code."""
