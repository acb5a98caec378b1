"""What sends the plan: the schedule, the pacing, the HTTP session and the Locust user."""
