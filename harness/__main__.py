"""`python -m harness` does what `harness` does."""

from harness.cli.main import main

main(prog_name="harness")
