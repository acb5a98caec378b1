"""Hypothesis strategies for plans and their parts, in plan language."""

from hypothesis import strategies as st

QUERIES = ("queue depth", "gc")


def whole(low, high):
    return st.integers(low, high).map(str)


durations = st.one_of(
    whole(1, 1000).map("{}s".format),
    whole(1, 5000).map("{}ms".format),
    whole(1, 90).map("{}m".format),
    whole(1, 24).map("{}h".format),
    st.decimals("0.001", "1000", places=3).map("{:f}s".format),
)
shares = st.decimals("0", "100", places=3).map("{:f}%".format)
sizes = st.tuples(st.decimals("0.1", "999", places=2), st.sampled_from(["B", "kB", "MB", "GB", "MiB"])).map(
    lambda pair: f"{pair[0]:f}{pair[1]}"
)
rates = st.decimals("0.1", "99999", places=1).map("{:f}/s".format)
# A stage may be as short as a millisecond.
jumps = rates.map(lambda rate: {"to": rate, "over": "0s"})
pieces = st.tuples(jumps, st.just({"at": "0/s", "for": "1ms"})).flatmap(
    lambda pair: st.sampled_from([pair[:1], pair[::-1], pair]).map(list)
)
changes = st.tuples(st.sampled_from("+-"), st.one_of(whole(0, 99).map("{}%".format), durations)).map("".join)
latencies = st.sampled_from(
    ["p50", "p95", "p99", "p99.9", "service p95", "mean", "max", "service max", "ttfb p95"]
)

comparable = latencies.filter(lambda name: not name.endswith("max"))


@st.composite
def promises(draw):
    """A criterion a stage may have."""
    text = draw(
        st.one_of(
            st.tuples(latencies, durations).map(" < ".join),
            comparable.map("{} < baseline".format),
            st.tuples(comparable, changes).map(lambda pair: f"{pair[0]} <= baseline {pair[1]}"),
            shares.map("error rate < {}".format),
            shares.map("error rate < baseline + {}".format),
            shares.map("cpu < {}".format),
            sizes.map("memory < {}".format),
            rates.map("throughput > {}".format),
            st.tuples(st.sampled_from(QUERIES), sizes).map(" < ".join),
        )
    )
    return draw(st.sampled_from([text, f"{text} for {draw(durations)}"]))


named = st.one_of(
    st.sampled_from(
        ["no critical alerts", "health checks passing", "system stable", "no performance degradation"]
    ),
    durations.map("stable for {}".format),
)
triggers = st.one_of(
    st.tuples(latencies, durations).map(lambda pair: f"{pair[0]} > {pair[1]} for 90000s"),
    shares.map("error rate > {} for 90000s".format),
    st.just("service down for 90000s"),
)
names = st.from_regex(r"[a-z0-9-]{1,12}", fullmatch=True)
more = changes.filter(lambda text: text[0] == "+")
faults = st.fixed_dictionaries(
    {},
    optional={
        "latency": more,
        "tail_latency": more,
        "errors": shares,
        "bursty_errors": shares,
        "stall": st.tuples(durations, durations).map("@".join),
        "slow_start": durations,
        "memory_leak": sizes.map("{}/s".format),
        "crash": durations,
        "refuse": durations,
    },
)
direct = {"baseline": "http://127.0.0.1:8080", "canary": "http://[::1]:8081/v2"}
ingress = {"ingress": "https://localhost", "variant_header": "x-variant"}
embedded = st.fixed_dictionaries({}, optional={"baseline": faults, "canary": faults})
targets = st.one_of(
    st.just("embedded"), st.just(direct), st.just(ingress), embedded.map(lambda given: {"embedded": given})
)
prometheus = {
    "url": "http://localhost:9091",
    "queries": dict.fromkeys(QUERIES, "sum(up)"),
    "alerts": 'severity="critical"',
}
command = {"command": ["bash", "deploy.sh", "canary"], "timeout": "60s"}
level = st.sampled_from(
    [
        ("error rate", {"target": "< 0.1%", "critical": "> 5%"}),
        ("p95", {"warning": "> 150ms"}),
        ("throughput", {"target": "> 6000/s", "warning": "< 5000/s"}),
        ("queue depth", {"critical": "> 100"}),
    ]
)


@st.composite
def stages(draw, name):
    """A stage of this name that fits in itself."""
    interval_ms = draw(st.integers(1, 60_000))
    return {
        "name": name,
        "weight": draw(st.integers(0, 10_000).map(lambda steps: f"{steps / 100:.2f}%")),
        "duration": f"{draw(st.integers(1, 500)) * interval_ms}ms",
        "interval": f"{interval_ms}ms",
        "block": f"{draw(st.integers(1, 20)) * interval_ms}ms",
        "criteria": draw(st.lists(st.one_of(promises(), named), min_size=1, max_size=4)),
        "endpoints": {name: ["p95 < 80ms"] for name in draw(st.sets(st.sampled_from(["GET /", "a<b"])))},
        "rollback": draw(st.lists(triggers, max_size=2)),
        "on_fail": draw(st.sampled_from(["rollback", "hold"])),
        "on_inconclusive": draw(st.sampled_from(["extend", "hold"])),
        **draw(
            st.fixed_dictionaries(
                {}, optional={"arrival_rate": st.one_of(rates, pieces), "warmup": durations}
            )
        ),
        **draw(st.fixed_dictionaries({}, optional={"deploy": st.just(command)})),
    }


@st.composite
def documents(draw):
    """A valid plan, as the values of its file."""
    chosen = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    return {
        "service": draw(
            st.from_regex(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]{1,20}", fullmatch=True)
        ),
        "seed": draw(st.integers(0, 2**63 - 1)),
        "targets": draw(targets),
        "load": {"arrival_rate": draw(rates), "arrivals": draw(st.sampled_from(["constant", "poisson"]))},
        "probes": {"health": "/health", "interval": draw(durations), "prometheus": prometheus},
        "levels": dict(draw(st.lists(level, max_size=3))),
        "judge": {"tolerance": draw(shares), "error_margin": draw(shares), "warmup": draw(durations)},
        "generator": {"lateness_p99": draw(durations)},
        "rollback": draw(st.lists(triggers, max_size=2)),
        "stages": [draw(stages(name)) for name in chosen],
        **draw(st.fixed_dictionaries({}, optional={"deploy": st.just({"rollback": command})})),
    }
