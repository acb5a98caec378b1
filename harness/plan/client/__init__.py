"""What a run needs to talk to others: TLS settings and secrets, and whom it tells what."""
