"""Rollback triggers: conditions on intervals as observed, without bounds."""
