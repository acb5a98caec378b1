"""What the processes of a run leave out: each library costs every run 0.05 to 0.5 s of a core."""

import subprocess
import sys

import pytest

LEFT_OUT = {
    "harness.demo.process": "pydantic numpy httpx click ruamel",
    "harness.demo.main": "pydantic numpy httpx prometheus_client uvloop",
    "harness.rollout.probes.__main__": "numpy scipy gevent harness.judge harness.report",
    "harness.live.evaluation.__main__": "scipy httpx rich gevent asyncio click harness.report harness.load",
    "harness.locust_plugin.hooks": "scipy matplotlib harness.observe harness.report.page.view",
    "harness.app.run_session": "scipy matplotlib jinja2 locust gevent harness.observe",
    "harness.judge.stage": "scipy httpx asyncio",
    "harness.report.write": "scipy jinja2 matplotlib click rich",
    "harness.report.across_runs.compare": "jinja2 matplotlib",
    "harness.notify.__main__": "numpy scipy httpx ruamel",
}


@pytest.mark.parametrize("module", LEFT_OUT)
def test_a_process_does_not_load_what_it_does_not_use(module: str) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert set(LEFT_OUT[module].split()) & set(done.stdout.split()) == set()
