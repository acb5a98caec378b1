"""Locust, as the verbs start it: `python -m harness.load` with the options of `locust`."""

import sys

from locust.main import main

_USAGE = 2

if __name__ == "__main__":
    # Locust's error messages use this name.
    sys.argv[0] = "locust"
    try:
        main()  # type: ignore[no-untyped-call]
    except SystemExit as end:
        if end.code == _USAGE:
            sys.stderr.write("Options after PLAN go to Locust; `locust --help` lists them.\n")
        raise
