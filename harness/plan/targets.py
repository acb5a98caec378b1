"""Where the load goes: two addresses, one router, or the embedded service."""

from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from harness.plan.criteria.quantity import shown
from harness.plan.faults import Faults
from harness.plan.yaml.part import Part

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
        raise ValueError(f"{shown(url)} is no address; write for example http://127.0.0.1:8080")
    return url.rstrip("/")


def _split(url: str) -> SplitResult | None:
    try:
        split = urlsplit(url)
        split.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return None
    return split if url.isprintable() and " " not in url else None


BaseUrl = Annotated[str, AfterValidator(_address)]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")]


class Direct(Part):
    """Each variant has its own address; the load splits itself by weight."""

    kind: ClassVar[Literal["direct"]] = "direct"
    baseline: BaseUrl = Field(description="address of the baseline", examples=["http://127.0.0.1:8080"])
    canary: BaseUrl = Field(description="address of the canary", examples=["http://127.0.0.1:8081"])

    def hosts(self) -> dict[str, str]:
        """Return the hosts load is sent to, by key."""
        return {"baseline": host_of(self.baseline), "canary": host_of(self.canary)}


class Ingress(Part):
    """One address for both; a router splits, and a response header says which variant answered."""

    kind: ClassVar[Literal["ingress"]] = "ingress"
    ingress: BaseUrl = Field(description="address of the router", examples=["http://127.0.0.1:10000"])
    variant_header: HeaderName = Field(
        description="response header whose value is `baseline` or `canary`", examples=["x-variant"]
    )

    def hosts(self) -> dict[str, str]:
        """Return the hosts load is sent to, by key."""
        return {"ingress": host_of(self.ingress)}


class Embedded(Part):
    """The embedded service, started for the run and ended after it."""

    kind: ClassVar[Literal["embedded"]] = "embedded"
    baseline: Faults = Field(
        default=Faults(), description="faults of the baseline", examples=["{latency: +5ms}"]
    )
    canary: Faults = Field(default=Faults(), description="faults of the canary", examples=["{latency: +25%}"])

    def hosts(self) -> dict[str, str]:
        """No host of anybody else."""
        return {}

    @model_validator(mode="before")
    @classmethod
    def _unwrapped(cls, data: Any) -> Any:
        if data == "embedded":
            return {}
        if not isinstance(data, dict) or "embedded" not in data:
            return data
        others = [key for key in data if key != "embedded"]
        if others:
            raise ValueError(f"{shown(others[0])} has no place beside `embedded`; write one kind of target")
        return data["embedded"] or {}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        written = handler.resolve_ref_schema(handler(schema))
        keys = dict(written)
        wrapped = {"embedded": {"anyOf": [keys, {"type": "null"}]}}
        written.clear()
        written["anyOf"] = [
            {"const": "embedded"},
            {
                "type": "object",
                "properties": wrapped,
                "required": ["embedded"],
                "additionalProperties": False,
            },
        ]
        return written

    @model_serializer(mode="plain")
    def _wrapped(self) -> dict[str, Any]:
        faults = {"baseline": self.baseline, "canary": self.canary}
        return {
            "embedded": {
                variant: fault.model_dump(mode="json", by_alias=True, exclude_none=True)
                for variant, fault in faults.items()
            }
        }


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
    | Annotated[Embedded, Tag("embedded")],
    Discriminator(
        _kind,
        custom_error_type="plan",
        custom_error_message="targets: write `embedded`, or the addresses `baseline` and `canary`,"
        " or `ingress` with `variant_header`",
    ),
]
