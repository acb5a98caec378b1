"""Several hosts on one machine: network namespaces joined by virtual cables."""

import os
import shutil
import subprocess
from contextlib import contextmanager

CONTROL, LOAD = "10.77.0", "10.78.0"
MASTER, TARGET, WORKERS = 1, 2, (11, 12)


def possible():
    """Whether this machine lets us make network namespaces."""
    if shutil.which("ip") is None:
        return False
    made = subprocess.run(["ip", "netns", "add", _space("probe")], capture_output=True, check=False)
    subprocess.run(["ip", "netns", "del", _space("probe")], capture_output=True, check=False)
    return made.returncode == 0


@contextmanager
def hosts():
    """Make four hosts on two networks: one carries the load, one the messages between master and workers.

    Yields the prefix of commands for a host by its number.
    """
    numbers = (MASTER, TARGET, *WORKERS)
    try:
        for number in numbers:
            _ip("netns", "add", _space(number))
            _ip("-n", _space(number), "link", "set", "lo", "up")
        for network, hub in ((CONTROL, MASTER), (LOAD, TARGET)):
            _bridge(network, hub, [number for number in numbers if number != hub])
        yield lambda number: ["ip", "netns", "exec", _space(number)]
    finally:
        for number in numbers:
            subprocess.run(["ip", "netns", "del", _space(number)], capture_output=True, check=False)


def cut(number, network):
    """Pull a host's cable on one network."""
    _ip("-n", _space(number), "link", "set", _cable(network), "down")


def _bridge(network, hub, others):
    space = _space(hub)
    bridge = f"br{_cable(network)}"
    _ip("-n", space, "link", "add", bridge, "type", "bridge")
    _ip("-n", space, "addr", "add", f"{network}.{hub}/24", "dev", bridge)
    _ip("-n", space, "link", "set", bridge, "up")
    for number in others:
        port = f"p{_cable(network)}{number}"
        _ip(
            "-n",
            space,
            "link",
            "add",
            port,
            "type",
            "veth",
            "peer",
            _cable(network),
            "netns",
            _space(number),
        )
        _ip("-n", space, "link", "set", port, "master", bridge, "up")
        _ip("-n", _space(number), "addr", "add", f"{network}.{number}/24", "dev", _cable(network))
        _ip("-n", _space(number), "link", "set", _cable(network), "up")


def _space(host):
    # Tests that run beside this one have hosts of their own.
    return f"gate{os.getpid()}-{host}"


def _cable(network):
    return f"n{network.split('.')[1]}"


def _ip(*arguments):
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"
