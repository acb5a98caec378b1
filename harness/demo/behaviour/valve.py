"""A gate that answers wait before while it is shut."""

from collections.abc import Callable

Go = Callable[[], object]


class Valve:
    """Is open or shut; calls held meanwhile are made `soon` after it opens."""

    def __init__(self, soon: Callable[[Go], object]) -> None:
        self._soon = soon
        self._held: list[Go] = []
        self.is_open = True

    def shut(self) -> None:
        """Have callers hold what they would do."""
        self.is_open = False

    def open(self) -> None:
        """Have the calls made that were held."""
        self.is_open = True
        held, self._held = self._held, []
        for go in held:
            self._soon(go)

    def hold(self, go: Go) -> None:
        """Keep a call until the gate opens."""
        self._held.append(go)
