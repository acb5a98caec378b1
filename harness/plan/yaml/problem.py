"""What is wrong with a plan: a violation at a place of its values, a problem at a line of its file."""

from collections.abc import Sequence
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Violation:
    """Something wrong at one place of a document, given by the keys and list positions that lead there."""

    place: KeyPath
    what: str


@dataclass(frozen=True)
class Problem:
    """Something wrong at a line of a file (None: with the file itself), and what to write instead."""

    file: str
    line: int | None
    what: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.what}"


class PlanError(Exception):
    """A plan that cannot be used, with every problem found, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(set(problems), key=lambda problem: (problem.line or 0, problem.what)))
        super().__init__("\n".join(str(problem) for problem in self.problems))
