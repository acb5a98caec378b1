"""How https targets are verified, and what is shown to them."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from harness.plan.yaml.part import Part

FileName = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f]+$")]
ServerName = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9._:-]+$")]


class Tls(Part):
    """One setting for all who talk to the targets: load, checks before it, probes, monitor."""

    ca_file: FileName | None = Field(
        default=None,
        description="PEM file of the authorities to trust instead of the system's",
        examples=["ca.pem"],
    )
    cert_file: FileName | None = Field(
        default=None, description="PEM file of the client certificate to show", examples=["client.pem"]
    )
    key_file: FileName | None = Field(
        default=None,
        description="PEM file of its key, unless that is in `cert_file`",
        examples=["client.key"],
    )
    server_name: ServerName | None = Field(
        default=None,
        description="name to ask for and to verify, instead of the target's host",
        examples=["app.example"],
    )
    verify: bool = Field(
        default=True, strict=True, description="`false` accepts any certificate", examples=["true"]
    )

    @model_validator(mode="after")
    def _a_key_belongs_to_a_certificate(self) -> Self:
        if self.key_file is not None and self.cert_file is None:
            raise ValueError("`key_file` is the key of a certificate; write `cert_file` as well")
        return self
