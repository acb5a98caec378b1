"""Readers of logs for tests."""

import pytest

from harness.observe.access_log.local_times import WrittenNow
from harness.observe.access_log.requests import LogReader
from harness.plan.traffic.traffic import Traffic

# Of a millisecond, and what floating-point numbers may be off.
_HALF_A_MS = 5.001e-4
NGINX = {"format": "nginx-json", "variant": {"field": "upstream_addr", "canary": ["10.0.0.7:8080"]}}


def traffic_of(**log):
    return Traffic.model_validate({"access_log": {"path": "/var/log/access.log", **log}})


def reader_of(now_s=1_796_000_000.0, **log):
    return LogReader(traffic_of(**log), WrittenNow(lambda: now_s))


def nginx_line(ended_s, upstream="10.0.0.5:8080", status=200, path="/api/tasks/7", took_s=0.02):
    return (
        f'{{"msec":{ended_s:.3f},"request_time":{took_s:.3f},"upstream_response_time":"{took_s:.3f}",'
        f'"status":{status},"request_method":"GET","request_uri":"{path}","upstream_addr":"{upstream}"}}\n'
    ).encode()


def told(reader, text):
    """Return what the one line of a text says; its durations within the millisecond they stand for."""
    read = reader.read(text if isinstance(text, bytes) else f"{text}\n".encode())
    assert read.unread == 0
    assert len(read.status) == 1
    return {
        "ended_s": round(float(read.ended_s[0]), 3),
        "response_s": pytest.approx(float(read.response_s[0]), abs=_HALF_A_MS, nan_ok=True),
        "service_s": pytest.approx(float(read.service_s[0]), abs=_HALF_A_MS, nan_ok=True),
        "status": int(read.status[0]),
        "owner": int(read.owner[0]),
        "endpoint": reader.endpoints[read.endpoint[0]],
        "failed": bool(read.failed[0]),
        "retried": bool(read.retried[0]),
    }
