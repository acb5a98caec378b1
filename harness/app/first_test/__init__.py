"""The first load test of a service, made of what is known about it: a log, a recording, a description."""
