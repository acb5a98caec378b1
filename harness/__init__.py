"""A load and canary release gate on Locust."""
