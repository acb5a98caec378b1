"""A valve that responses wait behind while it is shut."""

from collections.abc import Callable

Callback = Callable[[], object]


class Valve:
    """Open or shut; calls held while it is shut are made `soon` after it opens."""

    def __init__(self, soon: Callable[[Callback], object]) -> None:
        self._soon = soon
        self._held: list[Callback] = []
        self.is_open = True

    def shut(self) -> None:
        """Shut it: callers hold their calls."""
        self.is_open = False

    def open(self) -> None:
        """Open it and make the held calls."""
        self.is_open = True
        held, self._held = self._held, []
        for callback in held:
            self._soon(callback)

    def hold(self, callback: Callback) -> None:
        """Keep a call until it opens."""
        self._held.append(callback)
