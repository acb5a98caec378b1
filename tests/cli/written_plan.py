"""A plan that is released and watched."""

import sys

PROBES = "{health: /health, metrics: /metrics, interval: 1s, timeout: 1s}"
LEVELS = '{error rate: {critical: "> 5%"}, p95: {warning: "> 150ms", critical: "> 200ms"}}'
PLAN = """
service: tasks
targets: {targets}
load: {{arrival_rate: 10/s, max_in_flight: 4}}
probes: {probes}
levels: {levels}
judge: {{block: 1s, warmup: 0s}}
deploy: {{rollback: {{command: [{python}, -c, {back!r}]}}}}
rollback: [service down for 1s]
stages: [{{name: one, weight: 100%, duration: 1s, interval: 1s, criteria: ["p95 < 1s"]}}]
"""


def written(tmp_path, targets="embedded", back="pass", probes=PROBES, levels=LEVELS):
    path = tmp_path / "plan.yaml"
    path.write_text(
        PLAN.format(targets=targets, python=sys.executable, back=back, probes=probes, levels=levels)
    )
    return path
