"""What `events.jsonl` may say: a class for each event; its docstring stands in the reference page."""
