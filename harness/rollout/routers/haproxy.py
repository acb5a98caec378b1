"""HAProxy: the weights of the variants' servers, set through the runtime socket.

See "Unix Socket commands" in HAProxy's management guide: `set weight`, `get weight`. Weights are whole
numbers up to 256, so shares become the smallest whole numbers with the same ratio.
"""

from __future__ import annotations

import math
import re
import socket
from collections.abc import Collection, Sequence
from fractions import Fraction
from pathlib import Path

from harness.plan.router import Haproxy
from harness.plan.variant import Shares, Variant
from harness.rollout.routers.program import Program
from harness.rollout.routers.router import RouterError, Servers

PROGRAM = Program("haproxy", install="apt-get install haproxy")
_WITHIN_S = 5.0
_MAX_WEIGHT = 256
_MAX_ANSWER_BYTES = 1 << 16


class HaproxyRouter:
    """An HAProxy."""

    def __init__(self, settings: Haproxy, variants: Collection[Variant]) -> None:
        self._socket = settings.socket
        names = server_names(settings)
        self._servers = {variant: f"{settings.backend}/{names[variant]}" for variant in variants}

    def steps(self) -> Sequence[str]:
        """Return the socket that is asked."""
        return (f"set the weights at {self._socket}",)

    def set_shares(self, stage: str, shares: Shares) -> None:
        """Set every server's weight, first the largest, so that there is always somebody to answer."""
        weights = server_weights(shares)
        for variant in sorted(weights, key=weights.__getitem__, reverse=True):
            server = self._servers[variant]
            if answer := self._say(f"set weight {server} {weights[variant]}"):
                raise RouterError(f"HAProxy refuses to set the weight of {server}: {answer.rstrip('.')}")

    def verify(self) -> Shares | None:
        """Return each server's share of all weights."""
        weights = {variant: self._weight_of(server) for variant, server in self._servers.items()}
        if not (total := sum(weights.values())):
            raise RouterError("HAProxy has weight 0 for all servers, so no traffic is served")
        return {variant: Fraction(weight, total) for variant, weight in weights.items()}

    def _weight_of(self, server: str) -> int:
        answer = self._say(f"get weight {server}")
        number = re.match(r"\d+", answer)
        if number is None:
            raise RouterError(f"HAProxy does not report the weight of {server}: {answer.rstrip('.')}")
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


def server_names(settings: Haproxy) -> dict[Variant, str]:
    """Return what the server of each variant is called."""
    return {
        Variant.BASELINE: settings.baseline,
        Variant.CANARY: settings.canary,
        Variant.CONTROL: settings.control,
    }


def server_weights(shares: Shares) -> dict[Variant, int]:
    """Return the weights of the servers; raises RouterError when 256 is too coarse."""
    whole = math.lcm(*(share.denominator for share in shares.values()))
    weights = {variant: int(share * whole) for variant, share in shares.items()}
    if max(weights.values()) > _MAX_WEIGHT:
        canary = shares[Variant.CANARY]
        raise RouterError(f"HAProxy's weights go up to {_MAX_WEIGHT}, too coarse for {canary}")
    return weights


def launch(settings: Haproxy, servers: Servers, port: int, directory: Path) -> list[str]:
    """Write the configuration of a HAProxy before the variants; return the command that starts it."""
    path = directory / "haproxy.cfg"
    path.write_text(configuration(settings, servers, port), encoding="utf-8")
    return [PROGRAM.path(), "-db", "-f", str(path)]


def configuration(settings: Haproxy, servers: Servers, port: int) -> str:
    """Return a configuration with the plan's socket, backend and server names."""
    names = server_names(settings)
    lines = "".join(
        f"    server {names[variant]} {host}:{port} weight {int(variant is Variant.BASELINE)}\n"
        for variant, (host, port) in servers.items()
    )
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
{lines}"""
