"""Commands of the deployment, run without a shell and with a time limit."""

from typing import Annotated

from pydantic import AfterValidator, Field

from harness.plan.yaml.kinds import Duration
from harness.plan.yaml.part import Part


def _printable(word: str) -> str:
    if "\0" in word:
        raise ValueError("a word of a command cannot contain a NUL character; remove it")
    return word


Word = Annotated[str, Field(min_length=1, max_length=4096), AfterValidator(_printable)]
Words = Annotated[tuple[Word, ...], Field(min_length=1, max_length=200)]


class Command(Part):
    """A command as the list of its words, and how long it may take."""

    command: Words = Field(
        description="program and arguments, one word an item; no shell reads them",
        examples=["[bash, scripts/run_week2_deployment.sh, canary]"],
    )
    timeout_s: Duration = Field(
        default=300.0, description="it is ended after this; not scaled", examples=["5m"]
    )


class DeployHooks(Part):
    """Commands that belong to the whole release."""

    rollback: Command = Field(
        description="brings all traffic back to the baseline",
        examples=["{command: [bash, scripts/run_week2_deployment.sh, rollback], timeout: 60s}"],
    )
