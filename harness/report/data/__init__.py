"""A run's windows folded into what tables and plots show."""
