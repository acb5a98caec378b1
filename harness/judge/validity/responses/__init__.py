"""What the responses tell of who gave them, and of whether anything was tried."""
