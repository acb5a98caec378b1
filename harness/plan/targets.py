"""Where the load goes: two addresses, one router, or the embedded service."""

from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Discriminator, Field, Tag

from harness.plan.criteria.quantity import shown
from harness.plan.faults import Faults
from harness.plan.yaml.kinds import one_or_several
from harness.plan.yaml.part import Part
from harness.plan.yaml.under import Under

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_MAX_CHARACTERS = 500


def host_of(url: str) -> str:
    """Return the host an address names, in lower case."""
    return urlsplit(url).hostname or ""


def _address(url: str) -> str:
    if any(mark in url for mark in "@?#"):
        # The text is not shown: it may hold a password.
        raise ValueError("an address has no user, query or fragment; write for example http://127.0.0.1:8080")
    split = _split(url)
    known = split is not None and split.scheme in ("http", "https") and split.hostname
    if not known or len(url) > _MAX_CHARACTERS:
        raise ValueError(f"{shown(url)} is not an address; write for example http://127.0.0.1:8080")
    return url.rstrip("/")


def _split(url: str) -> SplitResult | None:
    try:
        split = urlsplit(url)
        split.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return None
    return split if url.isprintable() and " " not in url else None


BaseUrl = Annotated[str, AfterValidator(_address)]
InstanceUrls = Annotated[
    tuple[BaseUrl, ...],
    Field(min_length=1, max_length=200),
    one_or_several(BaseUrl),
]
"""The address of each instance of a variant, or one address."""
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")]


class Direct(Part):
    """Each variant has its own address; the load splits itself by weight."""

    kind: ClassVar[Literal["direct"]] = "direct"
    baseline: BaseUrl = Field(description="address of the baseline", examples=["http://127.0.0.1:8080"])
    canary: BaseUrl = Field(description="address of the canary", examples=["http://127.0.0.1:8081"])
    control: BaseUrl | None = Field(
        default=None,
        description="address of fresh instances of the baseline's version, which the canary is compared with",
        examples=["http://127.0.0.1:8082"],
    )

    variant_header: ClassVar[str | None] = None
    """Both addresses tell which variant answers."""

    @property
    def urls(self) -> dict[str, str]:
        """Where load is sent, by variant."""
        both = {"baseline": self.baseline, "canary": self.canary}
        return both if self.control is None else {**both, "control": self.control}

    @property
    def has_control(self) -> bool:
        """Whether there are fresh instances of the baseline's version."""
        return self.control is not None

    def router_mismatch(self, *, started: bool) -> str | None:
        """Return why a router doesn't fit, `started` by the run or not; None if it does."""
        return "with the addresses of both variants the load is split without a router; remove `router`"


class Ingress(Part):
    """One address for both; a router splits, and a response header says which variant answered."""

    kind: ClassVar[Literal["ingress"]] = "ingress"
    ingress: BaseUrl = Field(description="address of the router", examples=["http://127.0.0.1:10000"])
    variant_header: HeaderName = Field(
        description="response header whose value is `baseline`, `canary` or `control`", examples=["x-variant"]
    )
    control: bool = Field(
        default=False,
        description="whether the router knows fresh instances of the baseline's version, too",
        examples=["true"],
    )

    @property
    def urls(self) -> dict[str, str]:
        """Where load is sent, under the key `ingress`."""
        return {"ingress": self.ingress}

    @property
    def has_control(self) -> bool:
        """Whether the router knows fresh instances of the baseline's version."""
        return self.control

    def router_mismatch(self, *, started: bool) -> str | None:
        """Return why a router doesn't fit, `started` by the run or not; None if it does."""
        return "`start: true` is for `targets: embedded`; remove it" if started else None


class Embedded(Part):
    """The embedded service, started for the run and ended after it."""

    kind: ClassVar[Literal["embedded"]] = "embedded"
    baseline: Faults = Field(
        default=Faults(), description="faults of the baseline", examples=["{latency: +5ms}"]
    )
    canary: Faults = Field(default=Faults(), description="faults of the canary", examples=["{latency: +25%}"])
    control: Faults | None = Field(
        default=None,
        description="faults of a third process, a fresh one of the baseline's version",
        examples=["{}"],
    )

    variant_header: ClassVar[str | None] = None
    urls: ClassVar[dict[str, str]] = {}
    """None is known before the run has started the service."""

    @property
    def has_control(self) -> bool:
        """Whether there is a fresh process of the baseline's version."""
        return self.control is not None

    def router_mismatch(self, *, started: bool) -> str | None:
        """Return why a router doesn't fit, `started` by the run or not; None if it does."""
        own = "the embedded service has no router of its own; write `start: true` under it"
        return None if started else own


def _kind(value: Any) -> str | None:
    if isinstance(value, Direct | Ingress | Embedded):
        return value.kind
    if value == "embedded":
        return Embedded.kind
    if not isinstance(value, dict):
        return None
    return next((kind.kind for kind in (Embedded, Ingress) if kind.kind in value), Direct.kind)


Targets = Annotated[
    Annotated[Direct, Tag("direct")]
    | Annotated[Ingress, Tag("ingress")]
    | Annotated[Embedded, Under("embedded", alone=True), Tag("embedded")],
    Discriminator(
        _kind,
        custom_error_type="plan",
        custom_error_message="targets: write `embedded`, or the addresses `baseline` and `canary`,"
        " or `ingress` with `variant_header`",
    ),
]
