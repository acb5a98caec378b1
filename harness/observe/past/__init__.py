"""Access logs of the past: read at full speed, and cut into the stages that they show."""
