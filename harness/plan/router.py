"""The router that splits traffic by weight, where the load does not split itself.

Another router is a part here, a module in `rollout/routers/`, and a case in `rollout/routers/choice.py`.
"""

from typing import Annotated, ClassVar, Literal, assert_never

from pydantic import Field, Tag

from harness.plan.command import Command, Words
from harness.plan.targets import BaseUrl
from harness.plan.yaml.part import Part
from harness.plan.yaml.under import Under, exactly_one_of

FilePath = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f]+$")]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/-]{1,200}$")]


class Envoy(Part):
    """Envoy, its weight a runtime fraction set through the admin address."""

    kind: ClassVar[Literal["envoy"]] = "envoy"
    admin: BaseUrl = Field(
        default="http://127.0.0.1:9901", description="admin address", examples=["http://127.0.0.1:9901"]
    )
    runtime_key: Identifier = Field(
        default="canary.weight", description="runtime key of the route's fraction", examples=["canary.weight"]
    )
    control_key: Identifier = Field(
        default="control.weight",
        description="runtime key of the control's route, which comes after the canary's",
        examples=["control.weight"],
    )
    start: bool = Field(
        default=False,
        description="start this router for the run, in front of the embedded service",
        examples=["true"],
    )


class Haproxy(Part):
    """HAProxy, the weights of two servers set through the runtime socket."""

    kind: ClassVar[Literal["haproxy"]] = "haproxy"
    socket: FilePath = Field(
        default="/run/haproxy/admin.sock", description="runtime socket", examples=["/run/haproxy/admin.sock"]
    )
    backend: Identifier = Field(
        default="service", description="backend both servers are in", examples=["service"]
    )
    baseline: Identifier = Field(
        default="baseline", description="server of the baseline", examples=["baseline"]
    )
    canary: Identifier = Field(default="canary", description="server of the canary", examples=["canary"])
    control: Identifier = Field(
        default="control", description="server of the control, if there is one", examples=["control"]
    )
    start: bool = Field(
        default=False,
        description="start this router for the run, in front of the embedded service",
        examples=["true"],
    )


class Nginx(Part):
    """nginx, a `split_clients` block written to a file and read again by a reload."""

    kind: ClassVar[Literal["nginx"]] = "nginx"
    file: FilePath = Field(
        description="file the block is written to", examples=["/etc/nginx/conf.d/canary.conf"]
    )
    variable: Identifier = Field(
        default="variant", description="variable the block sets", examples=["variant"]
    )
    reload: Words = Field(
        default=("nginx", "-s", "reload"),
        description="command that makes nginx read the file",
        examples=["[nginx, -s, reload]"],
    )


class RouterCommand(Command):
    """Any command; HARNESS_WEIGHT and HARNESS_CONTROL_WEIGHT tell it the weights, HARNESS_STAGE the stage."""

    kind: ClassVar[Literal["command"]] = "command"


Router = Annotated[
    Annotated[Envoy, Under("envoy"), Tag("envoy")]
    | Annotated[Haproxy, Under("haproxy"), Tag("haproxy")]
    | Annotated[Nginx, Under("nginx"), Tag("nginx")]
    | Annotated[RouterCommand, Under("command"), Tag("command")],
    exactly_one_of("envoy", "haproxy", "nginx", "command"),
]


def is_started(router: Router) -> bool:
    """Whether the run starts the router itself, in front of the embedded service."""
    match router:
        case Envoy(start=start) | Haproxy(start=start):
            return start
        case Nginx() | RouterCommand():
            return False
        case _:
            assert_never(router)
