"""Whether the library is there that delivers notifications, and what it knows."""

from importlib.util import find_spec
from typing import Final

INSTALL: Final = "the plan's `notify` needs apprise: pip install 'canary-harness[notify]'; nobody is notified"


def is_installed() -> bool:
    """Whether it can be imported."""
    return find_spec("apprise") is not None


def knows(address: str) -> bool:
    """Whether it has a service for an address; loads the library."""
    import apprise

    return apprise.Apprise.instantiate(address) is not None
