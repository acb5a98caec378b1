"""What a replay sends of its log, in a sentence."""

from harness.plan.traffic.replay import Replay
from harness.record.sources.recorded_requests import RecordedRequests
from harness.report.wording import count, duration, rate, visible


def replay_text(recorded: RecordedRequests, replay: Replay) -> str:
    """Say how many requests are sent how fast, how far their gaps are off, and what is left out."""
    requests, sent_s = len(recorded.began_s), recorded.span_s / replay.factor
    left_out = ", ".join(f"{count(number)} {visible(why)}" for why, number in recorded.left_out.items())
    return (
        f"replay of {count(requests)} requests in {duration(round(sent_s, 3))} at {replay.speed}, "
        f"{rate(requests / sent_s)} on average; Kolmogorov distance of their gaps to the log's "
        f"{recorded.gaps_moved:.3f}" + (f"; left out: {left_out}" if left_out else "")
    )
