"""What sources of windows share: what they say of themselves, and requests to send again."""
