"""The tables of docs/reference/plan.md from the models; `python -m tests.plan.reference` writes them."""

import re
from pathlib import Path

from harness.plan.client.notify import Receiver
from harness.plan.client.resolve import ByVariant
from harness.plan.client.tls import Tls
from harness.plan.command import Command, DeployHooks
from harness.plan.faults import Faults, Stall
from harness.plan.levels import Levels
from harness.plan.model import Plan
from harness.plan.rates.shape import Climb, Hold
from harness.plan.release import Release
from harness.plan.router import Envoy, Haproxy, Nginx
from harness.plan.settings import GeneratorLimits, JudgeSettings, Load, Probes, Prometheus
from harness.plan.stage import Stage
from harness.plan.targets import Direct, Embedded, Ingress
from harness.plan.traffic.log_lines import JsonFields
from harness.plan.traffic.metrics import Instances, Metrics, VariantLabel
from harness.plan.traffic.replay import Replay, ReplayedLog
from harness.plan.traffic.traffic import AccessLog, Traffic, VariantField
from harness.plan.yaml.kinds import Quantity
from harness.plan.yaml.part import Part, key_of

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "plan.md"
MODELS = (
    *(
        Plan,
        Release,
        Direct,
        Ingress,
        Embedded,
        Faults,
        Stall,
        Tls,
        ByVariant,
        *(Load, Climb, Hold, Replay, ReplayedLog),
        Probes,
        Prometheus,
        Levels,
        JudgeSettings,
    ),
    *(GeneratorLimits, Receiver, DeployHooks, Command, Envoy, Haproxy, Nginx, Stage),
    *(Traffic, AccessLog, VariantField, JsonFields, Metrics, Instances, VariantLabel),
)
PARTS = {model.__name__: model for model in MODELS}
TABLE = re.compile(r"<!-- keys of (?P<part>\w+) -->\n(?P<table>.*?)<!-- end -->\n", re.DOTALL)


def table_of(part):
    rows = [_row(key_of(name), field) for name, field in part.model_fields.items()]
    return "".join(
        f"| {' | '.join(cells)} |\n"
        for cells in [("key", "default", "example", "meaning"), ("---",) * 4, *rows]
    )


def _row(key, field):
    examples = " or ".join(f"`{example}`" for example in field.examples or ())
    return f"`{key}`", _default(field), examples, field.description


def _default(field):
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    quantity = next((one for one in field.metadata if isinstance(one, Quantity)), None)
    if quantity is not None:
        return f"`{quantity.write(value)}`"
    if isinstance(value, Part):
        return "as below"
    if isinstance(value, tuple) and value:
        return f"`[{', '.join(value)}]`"
    return f"`{str(value).lower()}`" if value not in (None, (), {}) else "–"


def tables_of(page):
    return {found["part"]: found["table"] for found in TABLE.finditer(page)}


def renewed(page):
    return TABLE.sub(
        lambda found: f"<!-- keys of {found['part']} -->\n{table_of(PARTS[found['part']])}<!-- end -->\n",
        page,
    )


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
