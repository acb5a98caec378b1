"""The name of one series of a run: which variant, which kind of time, which endpoint."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from harness.plan.variant import Variant


class Kind(StrEnum):
    """What a histogram of requests holds.

    `RESPONSE`, `SERVICE` and `TTFB` hold the successful requests, each by another clock; `FAILED` holds the
    response times of all the others. A client that cannot tell the time to first byte leaves `TTFB` out.
    """

    RESPONSE = "response"
    SERVICE = "service"
    TTFB = "ttfb"
    FAILED = "failed"


EVERY_REQUEST: Final = (Kind.RESPONSE, Kind.FAILED)
"""The kinds that hold each request exactly once."""
ALWAYS_WRITTEN: Final = (Kind.RESPONSE, Kind.SERVICE, Kind.FAILED)
"""The kinds every window has of every endpoint and variant, even where they are empty."""


class Tag(NamedTuple):
    """Variant and kind are plain words (`a-z 0-9 -`); the endpoint may be any text."""

    variant: str
    kind: str
    endpoint: str

    def __str__(self) -> str:
        return _written(self)

    @classmethod
    def parse(cls, text: str) -> Tag:
        """Read what `str` wrote; ValueError when the text is not a tag."""
        return _parsed(text)


FLOOR_OF: Final = {str(variant): f"{variant}-floor" for variant in Variant}
"""The pseudo-variants of times that are known to a bucket: a variant's own series have the upper edge of each
request's bucket, these have the lower edge of the same requests."""
UNATTRIBUTED: Final = "unattributed"
"""The pseudo-variant of requests of which nobody can tell which variant they reached."""
GENERATOR: Final = "generator"
"""The pseudo-variant under which the load generator reports its own lateness."""
LATENESS_SENT: Final = Tag(GENERATOR, "lateness", "sent")
"""Due to sent of every first request of an arrival, waiting for a free user included."""
LATENESS_HUB: Final = Tag(GENERATOR, "lateness", "hub")
"""How late the pacing timer itself fired: the generator's own fault, never the service's."""

_SHAPE: Final = re.compile(r"([a-z0-9-]+)\.([a-z0-9-]+)\.([A-Za-z0-9_.~%-]*)")


@lru_cache(maxsize=4096)
def _written(tag: Tag) -> str:
    # A lone surrogate stands for an undecodable byte in a name; it has to survive as well.
    return f"{tag.variant}.{tag.kind}.{quote(tag.endpoint, safe='', errors='surrogatepass')}"


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Tag:
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise ValueError(f"tag {text[:80]!r} is not <variant>.<kind>.<percent-encoded endpoint>")
    variant, kind, endpoint = match.groups()
    try:
        return Tag(variant, kind, unquote(endpoint, errors="surrogatepass"))
    except UnicodeDecodeError:
        raise ValueError(f"tag {text[:80]!r} has an endpoint that is not UTF-8") from None
