"""What a stage will be able to decide, before any load is sent."""
