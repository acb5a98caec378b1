"""Looking at a stage while it runs, as often as one likes, without more false alarms."""
