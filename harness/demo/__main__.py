"""`python -m harness.demo` does what `harness demo` does."""

from harness.demo.main import command

command(prog_name="harness demo")
