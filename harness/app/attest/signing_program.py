"""A program that signs and checks, run without a shell and without a terminal."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass


class SigningError(Exception):
    """Something cannot be signed, or a signature is not good; the text says why."""


@dataclass(frozen=True)
class SigningProgram:
    """A program of the PATH; `advice` is what to do where it is missing."""

    name: str
    advice: str
    within_s: float

    def run(self, words: Sequence[str], problem: str, text: str = "") -> str:
        """Return what it prints, given `text` to read; raises SigningError that begins with `problem`."""
        try:
            # Without a terminal it asks nobody for a passphrase.
            ran = subprocess.run(
                [self.name, *words],
                input=text.encode(),
                capture_output=True,
                check=False,
                timeout=self.within_s,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise SigningError(f"{self.name} is missing; {self.advice}") from None
        except subprocess.TimeoutExpired:
            raise SigningError(f"{problem}: {self.name} took longer than {self.within_s:g} s") from None
        if ran.returncode:
            lines = ran.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
            # The last line has the reason; cosign repeats it there.
            raise SigningError(f"{problem}: {lines[-1]}")
        return ran.stdout.decode(errors="replace")
