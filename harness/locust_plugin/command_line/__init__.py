"""What the command line may say: the gate's own options, and what each of Locust's means here."""
