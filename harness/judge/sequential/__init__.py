"""Sequential tests of a running stage: its criteria are tested at every block without more false alarms."""
