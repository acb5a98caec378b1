"""`python -m harness.demo` does what `harness demo` does."""

from harness.demo import command

command(prog_name="harness demo")
