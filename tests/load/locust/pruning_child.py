"""Prunes real Locust statistics; a process of its own because importing Locust patches the one it is in."""

from locust.stats import RequestStats

from harness.load.locust.pruning import KEPT_ROWS, KEPT_S, prune

stats = RequestStats()
stats.log_request("GET", "/", 20, 10)
stats.log_error("GET", "/", ValueError("x"))
entry = stats.get("/", "GET")
for counts in (entry.num_reqs_per_sec, entry.num_fail_per_sec, stats.total.num_reqs_per_sec):
    counts.clear()
    counts.update(dict.fromkeys(range(1000, 1000 + 2 * KEPT_S), 1))
stats.history.extend({"row": number} for number in range(2 * KEPT_ROWS))

prune(stats, 1000 + 2 * KEPT_S)

assert sorted(entry.num_reqs_per_sec) == list(range(1000 + KEPT_S, 1000 + 2 * KEPT_S))
assert len(entry.num_fail_per_sec) == len(stats.total.num_reqs_per_sec) == KEPT_S
assert [stats.history[0]["row"], len(stats.history)] == [KEPT_ROWS, KEPT_ROWS]
assert (stats.total.num_requests, entry.num_failures) == (1, 1)
