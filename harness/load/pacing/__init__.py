"""When each request starts: a seeded schedule, and the timer that keeps to it."""
