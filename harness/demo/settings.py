"""The settings of a variant's process, passed as one argument of its command line."""

from dataclasses import asdict, dataclass
from typing import Self

import orjson

from harness.plan.variant import Variant


@dataclass(frozen=True)
class Settings:
    """How a variant's process runs, and who started it."""

    variant: Variant
    seed: int
    faults: tuple[str, ...]
    listening_fd: int

    def to_json(self) -> str:
        """Write the settings as one argument."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the settings of such an argument."""
        given = orjson.loads(text)
        return cls(**given | {"variant": Variant(given["variant"]), "faults": tuple(given["faults"])})
