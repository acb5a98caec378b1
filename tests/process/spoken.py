"""A child process for tests: tells its arguments as a JSON list, then waits for its parent to end."""

import json

from harness.process.main_loop import has_parent_ended, run_child, tell, tell_ready


def main(*words):
    if "broken" in words:
        raise ValueError("it is broken")
    tell_ready()
    tell(json.dumps(words))
    while not has_parent_ended(60.0):
        pass


if __name__ == "__main__":
    run_child("spoken", main)
