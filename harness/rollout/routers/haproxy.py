"""HAProxy: the weights of two servers, set through the runtime socket.

See "Unix Socket commands" in HAProxy's management guide: `set weight`, `get weight`. Weights are whole
numbers up to 256, so a share becomes the smallest pair of whole numbers with the same ratio.
"""

from __future__ import annotations

import re
import socket
from fractions import Fraction
from pathlib import Path

from harness.plan.router import Haproxy
from harness.rollout.routers.installed import installed
from harness.rollout.routers.router import RouterError, Servers

_WITHIN_S = 5.0
_MAX_WEIGHT = 256
_MAX_ANSWER_BYTES = 1 << 16


class HaproxyRouter:
    """An HAProxy."""

    def __init__(self, settings: Haproxy) -> None:
        self._socket = settings.socket
        self._servers = tuple(
            f"{settings.backend}/{server}" for server in (settings.baseline, settings.canary)
        )

    def set_weight(self, stage: str, weight: Fraction) -> None:
        """Set both servers' weights, first that which grows, so that there is always somebody to answer."""
        pairs = sorted(
            zip(self._servers, server_weights(weight), strict=True), key=lambda pair: pair[1], reverse=True
        )
        for server, number in pairs:
            answer = self._say(f"set weight {server} {number}")
            if answer:
                raise RouterError(f"HAProxy refuses to set the weight of {server}: {answer}")

    def verify(self) -> Fraction | None:
        """Return the canary's share of both weights."""
        baseline, canary = (self._weight_of(server) for server in self._servers)
        if baseline + canary == 0:
            raise RouterError("HAProxy has weight 0 for both servers, so no traffic is served")
        return Fraction(canary, baseline + canary)

    def _weight_of(self, server: str) -> int:
        answer = self._say(f"get weight {server}")
        number = re.match(r"\d+", answer)
        if number is None:
            raise RouterError(f"HAProxy does not report the weight of {server}: {answer}")
        return int(number[0])

    def _say(self, command: str) -> str:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(_WITHIN_S)
                connection.connect(self._socket)
                connection.sendall(f"{command}\n".encode())
                return _read(connection).strip()
        except OSError as error:
            reason = error.strerror or error
            raise RouterError(f"HAProxy's socket {self._socket} does not answer: {reason}") from None


def _read(connection: socket.socket) -> str:
    answer = b""
    while len(answer) < _MAX_ANSWER_BYTES and (chunk := connection.recv(4096)):
        answer += chunk
    return answer.decode(errors="replace")


def server_weights(weight: Fraction) -> tuple[int, int]:
    """Return the weights of baseline and canary; raises RouterError when 256 is too coarse."""
    baseline, canary = weight.denominator - weight.numerator, weight.numerator
    if max(baseline, canary) > _MAX_WEIGHT:
        raise RouterError(f"HAProxy's weights go up to {_MAX_WEIGHT}, too coarse for {weight}")
    return baseline, canary


def launch(settings: Haproxy, servers: Servers, port: int, directory: Path) -> list[str]:
    """Write the configuration of a HAProxy before both variants; return the command that starts it."""
    path = directory / "haproxy.cfg"
    path.write_text(configuration(settings, servers, port), encoding="utf-8")
    return [installed("haproxy", "apt-get install haproxy"), "-db", "-f", str(path)]


def configuration(settings: Haproxy, servers: Servers, port: int) -> str:
    """Return a configuration with the plan's socket, backend and server names."""
    (old_host, old_port), (new_host, new_port) = servers["baseline"], servers["canary"]
    return f"""global
    stats socket {Path(settings.socket).absolute()} mode 600 level admin
    maxconn 4000
    nbthread 1
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    http-reuse always
frontend ingress
    bind 127.0.0.1:{port}
    default_backend {settings.backend}
backend {settings.backend}
    balance roundrobin
    server {settings.baseline} {old_host}:{old_port} weight 1
    server {settings.canary} {new_host}:{new_port} weight 0
"""
