"""The router that splits traffic by weight, where the load does not split itself."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from harness.plan.command import Command, Words
from harness.plan.targets import BaseUrl
from harness.plan.yaml.part import Part

FilePath = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f]+$")]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/-]{1,200}$")]


class Envoy(Part):
    """Envoy, its weight a runtime fraction set through the admin address."""

    admin: BaseUrl = Field(
        default="http://127.0.0.1:9901", description="admin address", examples=["http://127.0.0.1:9901"]
    )
    runtime_key: Identifier = Field(
        default="canary.weight", description="runtime key of the route's fraction", examples=["canary.weight"]
    )
    start: bool = Field(
        default=False,
        description="start this router for the run, in front of the embedded service",
        examples=["true"],
    )


class Haproxy(Part):
    """HAProxy, the weights of two servers set through the runtime socket."""

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
    start: bool = Field(
        default=False,
        description="start this router for the run, in front of the embedded service",
        examples=["true"],
    )


class Nginx(Part):
    """nginx, a `split_clients` block written to a file and read again by a reload."""

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


class Router(Part):
    """Exactly one of the routers."""

    envoy: Envoy | None = Field(
        default=None, description="Envoy", examples=["{admin: http://127.0.0.1:9901}"]
    )
    haproxy: Haproxy | None = Field(
        default=None, description="HAProxy", examples=["{socket: /run/haproxy/admin.sock}"]
    )
    nginx: Nginx | None = Field(
        default=None, description="nginx", examples=["{file: /etc/nginx/conf.d/canary.conf}"]
    )
    command: Command | None = Field(
        default=None,
        description="any command; finds the weight in HARNESS_WEIGHT, the stage in HARNESS_STAGE",
        examples=["{command: [./set-weight.sh], timeout: 30s}"],
    )

    @property
    def chosen(self) -> Envoy | Haproxy | Nginx | Command:
        """The one router given."""
        return next(one for one in (self.envoy, self.haproxy, self.nginx, self.command) if one is not None)

    @property
    def starts(self) -> bool:
        """Whether the run starts the router itself."""
        return isinstance(self.chosen, Envoy | Haproxy) and self.chosen.start

    @model_validator(mode="before")
    @classmethod
    def _without_settings(cls, data: Any) -> Any:
        """`envoy:` with nothing behind it is Envoy with its defaults."""
        if not isinstance(data, dict):
            return data
        return {
            key: {} if value is None and key in ("envoy", "haproxy") else value for key, value in data.items()
        }

    @model_validator(mode="after")
    def _exactly_one(self) -> "Router":
        given = [one for one in (self.envoy, self.haproxy, self.nginx, self.command) if one is not None]
        if len(given) != 1:
            raise ValueError("write exactly one of envoy, haproxy, nginx, command")
        return self
