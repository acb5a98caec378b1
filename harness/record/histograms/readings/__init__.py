"""What reading a router's log, or scraping a service, came to in one interval."""
