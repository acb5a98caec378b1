"""Logs that grow: files and their rotated parts, standard input, syslog."""
