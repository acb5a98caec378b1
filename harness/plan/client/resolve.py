"""Addresses of hosts that a plan gives instead of the name service, as `curl --resolve` does."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from harness.plan.criteria.quantity import shown
from harness.plan.yaml.kinds import one_or_several
from harness.plan.yaml.part import Part

_HERE = ("localhost", ".localhost")


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _address(text: str) -> str:
    if not _is_address(text):
        raise ValueError(f"{shown(text)} is not an IP address; write for example 10.0.0.7")
    return text


def _name(text: str) -> str:
    if _is_address(text):
        raise ValueError(f"{shown(text)} is an address itself; write the name of a host")
    if text.lower().endswith(_HERE):
        raise ValueError(f"{shown(text)} is this machine; name another host")
    return text.lower()


Address = Annotated[str, Field(max_length=45), AfterValidator(_address)]
Addresses = Annotated[
    tuple[Address, ...],
    Field(min_length=1, max_length=200),
    one_or_several(Address),
]
ResolvedName = Annotated[
    str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9._:-]+$"), AfterValidator(_name)
]


class ByVariant(Part):
    """The addresses of one name that every variant has."""

    baseline: Addresses | None = Field(
        default=None, description="addresses of the baseline", examples=["10.0.0.5"]
    )
    canary: Addresses | None = Field(
        default=None, description="addresses of the canary", examples=["[10.0.0.7, 10.0.0.8]"]
    )
    control: Addresses | None = Field(
        default=None, description="addresses of the control", examples=["10.0.0.6"]
    )

    @model_validator(mode="after")
    def _some_are_given(self) -> Self:
        if self.baseline is None and self.canary is None and self.control is None:
            raise ValueError("no address; write for example `canary: 10.0.0.7`")
        return self

    @property
    def by_name(self) -> dict[str, tuple[str, ...]]:
        """The addresses of each variant that has some."""
        given = {"baseline": self.baseline, "canary": self.canary, "control": self.control}
        return {name: known for name, known in given.items() if known is not None}


def _kind(value: Any) -> str:
    return "by variant" if isinstance(value, ByVariant | Mapping) else "for all"


Resolve = Annotated[
    dict[
        ResolvedName,
        Annotated[
            Annotated[Addresses, Tag("for all")] | Annotated[ByVariant, Tag("by variant")],
            Discriminator(_kind),
        ],
    ],
    Field(max_length=200),
]


def addresses_for(
    resolve: Mapping[str, tuple[str, ...] | ByVariant], name: str | None
) -> dict[str, tuple[str, ...]]:
    """Return the addresses of each host for whoever talks to a variant, to a router or to another server."""
    known = {
        host: given.by_name.get(name or "", ()) if isinstance(given, ByVariant) else given
        for host, given in resolve.items()
    }
    return {host: addresses for host, addresses in known.items() if addresses}
