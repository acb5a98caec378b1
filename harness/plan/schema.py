"""The JSON Schema of a plan, with which editors complete and check it while it is written."""

from typing import Any

from harness.plan.model import Plan


def json_schema() -> dict[str, Any]:
    """Return the schema; it knows keys and shapes, the loader knows the rest."""
    schema = Plan.model_json_schema(by_alias=True, mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Plan of a canary run",
    }
