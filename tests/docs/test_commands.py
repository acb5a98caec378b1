"""Every command the pages show is typed into a shell, and ends as the page says."""

import gzip
import json
import re
import shutil
import time
from contextlib import contextmanager

import pytest

from harness.rollout.exit_code import ExitCode
from tests.app.first_test import petstore
from tests.docs.pages import PAGES, ROOT, blocks
from tests.docs.reader import PATIENT, Reader, replaced, shown_on, stand_in
from tests.docs.shell import Shell
from tests.observe.past.past import past_log
from tests.observe.writing_router import WritingRouter
from tests.report.simulator import Fault, plan_text, simulate

pytestmark = pytest.mark.real

STEPS = {}


def follows(page):
    """Name the steps that go with a page."""

    def kept(steps):
        STEPS[page] = steps
        return steps

    return kept


@contextmanager
def watched(reader, text):
    """Make a plan of the text that is short and sure, on a log that grows until the block's end."""
    log, plan = reader.here / "access.log", reader.here / "loadtests/plans/traffic.yaml"
    # The addresses are names of versions here, which nobody connects to: those of the page are right.
    text, count = re.subn("path: .*", f"path: {log}", text.replace("127.0.0.", "10.0.0."))
    assert count == 1
    plan.write_text(text)
    stand_in(plan, 3, load=None, router=None)
    with WritingRouter(log, weight=0.05).running():
        yield


@pytest.fixture
def shell(tmp_path):
    shell = Shell(tmp_path)
    yield shell
    shell.close()


@pytest.mark.parametrize("page", sorted(str(p.relative_to(ROOT)) for p in PAGES if shown_on(p)))
def test_every_command_of_a_page_ends_as_the_page_says(page, shell, tmp_path):
    reader = Reader(ROOT / page, shell, tmp_path)
    STEPS[page](reader)
    assert reader.left == [], "commands nobody typed"


@follows("README.md")
def readme(reader):
    reader.checkout()
    stand_in(reader.here / "loadtests/plans/quick.yaml")
    said = reader.type()
    assert "pass" in said
    assert (reader.here / "reports/latest/report.html").exists()
    # The suite is running already: one file of it stands for all.
    (reader.here / "tests").mkdir()
    shutil.copy(ROOT / "tests/test_starter.py", reader.here / "tests")
    assert " passed" in reader.type()
    reader.shell.run("mkdir ../shop; cd ../shop")
    reader.to("harness check")
    shop = reader.here.parent / "shop"
    stand_in(shop / "loadtests/plans/canary.yaml")
    reader.to("harness judge")
    before = (shop / "reports/latest/verdict.json").read_bytes()
    reader.rest()
    assert (shop / "reports/latest/verdict.json").read_bytes() == before


@follows("docs/tutorial/first-canary.md")
def tutorial(reader):
    reader.to("harness check")
    plan = reader.here / "my-release/loadtests/plans/canary.yaml"
    patient = f"generator: {json.dumps(PATIENT)}\n"
    plan.write_text(patient + reader.block("yaml"))
    reader.to("harness run")
    good = reader.type(0, 11)  # a busy machine may leave it undecided, and never calls it bad
    assert "canary-50" in good
    reader.left.pop(0)
    text, count = re.subn("targets: embedded", reader.block("yaml", 1).strip(), reader.block("yaml"))
    assert count == 1
    plan.write_text(patient + text)
    bad = reader.type()
    assert re.search(r"fail +p95 < baseline \+ 20%", bad)
    assert re.search(r"pass +p95 < 150ms", bad)
    reader.to("harness judge")
    reader.type(10)
    assert {"verdict.json", "report.html"} <= set(reader.type().split())


@follows("docs/how-to/install.md")
def install(reader):
    reader.rest()


@follows("docs/how-to/your-own-service.md")
def your_own_service(reader):
    reader.type()
    (reader.here / "loadtests/service.py").write_text(reader.block("python"))
    plan = reader.here / "loadtests/plans/canary.yaml"
    plan.write_text(reader.block("yaml"))
    reader.type()
    reader.shell.start(f"python {ROOT}/tests/docs/shop.py 127.0.0.11 127.0.0.12", "open")
    for scale in (60, 1, 1):
        stand_in(plan, scale, (0, 1), probes={"health": "/health"}, deploy=None)
        reader.type()


@follows("docs/how-to/in-github-actions.md")
def in_github_actions(reader):
    reader.checkout()
    (reader.here / "pyproject.toml").unlink()  # the reader's project is another one
    stand_in(reader.here / "loadtests/plans/production.yaml")
    shutil.copy(ROOT / "harness/starter/canary.yaml", reader.here / "loadtests/plans")
    stand_in(reader.here / "loadtests/plans/canary.yaml")
    reader.to("pytest")
    assert (reader.here / "gate/junit.xml").exists()
    assert (reader.here / "gate/summary.md").exists()
    assert re.search(r"\b\d+ passed", reader.type())


@follows("docs/how-to/several-machines.md")
def several_machines(reader):
    reader.checkout()
    for name in ("quick", "production"):
        stand_in(reader.here / f"loadtests/plans/{name}.yaml")
    reader.to("locust -f loadtests/ --master")
    master = reader.start("Waiting for workers")
    (worker,) = reader.left
    workers = []
    for _ in range(3):
        reader.left = [worker]
        workers.append(reader.start("Run time limit|starting|Starting|ready"))
    assert reader.shell.wait(master).code == 0
    assert [reader.shell.wait(worker).code for worker in workers] == [0, 0, 0]


@follows("docs/how-to/behind-a-router.md")
def behind_a_router(reader):
    reader.checkout()
    for name in ("envoy", "haproxy"):
        stand_in(reader.here / f"loadtests/plans/{name}.yaml")
    reader.rest()


@follows("docs/how-to/judge-real-traffic.md")
def judge_real_traffic(reader):
    reader.checkout()
    with watched(reader, reader.block("yaml")):
        assert "canary-5" in reader.type()
        assert "pass" in reader.type()


def plan_of(page):
    """Return the first plan that a page shows."""
    return next(replaced(one.text) for one in blocks("yaml") if one.page == ROOT / page)


def leave_the_past(reader, plan):
    """Leave the log of a release behind, in two files, and the plan to judge it by."""
    (reader.here / "loadtests/plans/traffic.yaml").write_text(plan.replace("127.0.0.", "10.0.0."))
    began_s = 1_767_880_800
    early = past_log(began_s, [(300, 0.25, 1.0)])
    late = past_log(began_s + 300, [(120, 0.5, 1.0), (180, 0.5, 2.0)])
    (reader.here / "access.log.2.gz").write_bytes(gzip.compress(early))
    (reader.here / "access.log.1").write_bytes(late)


@follows("docs/how-to/backtest-a-release.md")
def backtest_a_release(reader):
    reader.checkout()
    leave_the_past(reader, reader.block("yaml"))
    at = "2026-01-08 14:08:00 UTC, 3 min into stage canary-50, by `p50 > baseline + 30% for 1m`"
    assert at in " ".join(reader.type(10).split())
    assert "into stage canary-50" in reader.type(10)


@follows("docs/how-to/watch-it-live.md")
def watch_it_live(reader):
    reader.checkout()
    stand_in(reader.here / "loadtests/plans/quick.yaml")
    number = reader.start("web interface")
    assert "<title>" in reader.shell.run("curl -sf --retry 9 --retry-all-errors 127.0.0.1:8089/gate/").said
    assert reader.shell.wait(number).code == 0


@follows("docs/how-to/with-flagger-and-argo-rollouts.md")
def with_controllers(reader):
    reader.checkout()
    stand_in(reader.here / "loadtests/plans/production.yaml")
    (reader.here / "secrets").mkdir()
    (reader.here / "secrets/gate-token").write_text("a token of some length\n")
    number = reader.start("8790")
    asked = reader.left[0]
    reader.type()
    while '"running": true' in (end := reader.shell.run(replaced(asked.command)).said):
        time.sleep(0.5)
    assert json.loads(end)["data"]["outcome"] == "pass"
    reader.rest()
    assert reader.shell.stop(number).code == 0


def past_releases(reader):
    """Leave the runs of four releases behind."""
    reports = reader.here / "reports"
    for name, started in (("same", "0101"), ("same", "0102"), ("production", "0108"), ("production", "0205")):
        run = simulate(reports, plan_text(50).replace("seed: 20260108", f"seed: {int(started)}"), name)
        run.path.rename(reports / f"2026{started}T090000Z-{name}")
    link(reader, "20260205T090000Z-production")


def link(reader, name):
    latest = reader.here / "reports/latest"
    latest.unlink()
    latest.symlink_to(name)


@follows("docs/reference/plan.md")
def plan_for_another_environment(reader):
    reader.checkout()
    assert "canary-5" in reader.type()


@follows("docs/reference/cli.md")
def every_verb(reader):
    reader.checkout()
    leave_the_past(reader, plan_of("docs/how-to/backtest-a-release.md"))
    both = early, late = [reader.here / name for name in ("access.log.2.gz", "access.log.1")]
    (reader.here / "access.log").write_bytes(gzip.decompress(early.read_bytes()) + late.read_bytes())
    (reader.here / "access.log.1.gz").write_bytes(gzip.compress((reader.here / "access.log").read_bytes()))
    for part in both:
        part.unlink()
    assert "no such run directory" in reader.type(2)
    for _ in range(2):
        assert "into stage canary-50" in reader.type(10)
    (reader.here / "petstore.yaml").write_text(petstore.TEXT)
    past_releases(reader)
    reader.to("harness demo")
    demo = reader.start(r"canary  .*pid")
    for name in ("quick", "production"):
        stand_in(reader.here / f"loadtests/plans/{name}.yaml", probes={"health": "/health"})
    assert "the run has ended" in reader.type(2)
    reader.type()
    assert (reader.here / "gate/junit.xml").exists()
    link(reader, "20260205T090000Z-production")
    assert "not live" in reader.type(10)
    assert "the run has ended" in reader.type(2)
    reader.to("harness judge reports/latest --json")
    (reader.here / "access.log").unlink()
    reader.type()
    verdict = (reader.here / "verdict.json").read_bytes()
    assert verdict == (reader.here / "reports/latest/verdict.json").read_bytes()
    reader.to("harness monitor")
    monitor = reader.start("health|canary|ok")
    assert reader.shell.stop(monitor).code == ExitCode.INTERRUPTED
    with watched(reader, plan_of("docs/how-to/judge-real-traffic.md")):
        assert "pass" in reader.type()
    link(reader, "20260205T090000Z-production")
    assert '--sign "security audit passed=NAME"' in reader.type(10)
    assert "the run has ended" in reader.type(2)
    link(reader, "20260205T090000Z-production")
    reader.to("harness runs")
    assert len(json.loads(reader.type())) >= 6
    reader.to("harness serve")
    assert json.loads((reader.here / "plan.schema.json").read_text())["type"] == "object"
    reader.shell.run("mkdir secrets; echo a token of some length > secrets/gate-token")
    assert reader.shell.stop(reader.start("8790")).code == 0
    assert reader.shell.stop(demo).code == 0
    assert "statement.json is missing" in reader.type(13)


@follows("docs/how-to/let-a-person-decide.md")
def let_a_person_decide(reader):
    reader.checkout()
    plan = reader.here / "loadtests/plans/canary.yaml"
    shutil.copy(ROOT / "harness/starter/canary.yaml", plan)
    stand_in(plan)
    asked, count = re.subn(r"(\n +)(weight: )", r"\1approval: required\1\2", plan.read_text())
    assert count == 1
    plan.write_text(asked)
    run = reader.start("waits for a person")
    assert "is approved" in reader.type()
    assert reader.shell.wait(run).code in (ExitCode.PASS, ExitCode.INCONCLUSIVE)


@follows("docs/how-to/sign-a-verdict.md")
def sign_a_verdict(reader):
    reader.checkout()
    stand_in(reader.here / "loadtests/plans/production.yaml")
    reader.to("harness verify")
    assert "signed by gate@example.org" in reader.type()


@follows("docs/how-to/compare-releases.md")
def compare_releases(reader):
    reader.checkout()
    past_releases(reader)
    text = plan_text(50)
    stricter = text.replace("p95 < 55ms", "p95 < 30ms")
    (reader.here / "loadtests/plans/stricter.yaml").write_text(stricter)
    assert reader.type().count("20260") == 4
    reader.type()
    assert "<html" in (reader.here / "compare.html").read_text()
    assert "p95 < 30ms" in reader.type(11)
    reader.rest()
    assert json.loads((reader.here / "noise.json").read_text())["variance_s"] >= 0


@follows("docs/deployment-guide.md")
def deployment_guide(reader):
    reader.checkout()
    plan = reader.here / "loadtests/plans/production.yaml"
    run = simulate(reader.here / "reports", plan_text(50), "production", Fault())
    run.path.rename(run.path.with_name("20260101T090000Z-production"))
    stand_in(plan, 600, (0, -1))
    reader.to("harness preflight")
    stand_in(plan, 1, (0, -1), levels={"memory": {"critical": "> 2.4GB"}})
    # The embedded service starts with the run, so two lines of the checklist are nobody's to check.
    assert "\nready, 2 not checked; kept in" in f"\n{reader.type()}"
    stand_in(plan, 1, (0, -1))
    reader.to("harness golive")
    # The stand-in's last stage takes a second, and that alone is missing.
    said = reader.type(10)
    assert re.findall("^✗ (.*?):", said, re.MULTILINE) == ["100% traffic stable for 24 hours"]


@follows("docs/explanation/what-inconclusive-means.md")
def what_inconclusive_means(reader):
    reader.checkout()
    reader.rest()


@follows("docs/reference/demo.md")
def demo(reader):
    number = reader.start(r"canary  .*pid")
    reader.rest()
    assert reader.shell.stop(number).code == 0


@follows("docs/reference/metrics.md")
def metrics(reader):
    reader.checkout()
    dashboard = reader.here / "deploy/grafana/canary-gate.json"
    before = dashboard.read_bytes()
    reader.rest()
    assert dashboard.read_bytes() == before
