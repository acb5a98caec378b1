"""The fast target of the benchmarks: nginx with one worker, or the embedded service where there is none."""

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress

CONFIGURATION = """
worker_processes 1; daemon off; pid {directory}/pid; error_log {directory}/error.log;
events {{ worker_connections 8192; }}
http {{
  access_log off; keepalive_requests 1000000000; client_body_temp_path {directory};
  server {{ listen 127.0.0.1:{port} backlog=8192; location / {{ return 200 "hello\\n"; }} }}
}}
"""


@contextmanager
def fast_target(directory, port=9199):
    """Run the target; yields its URL and what it is."""
    nginx = shutil.which("nginx")
    if nginx is None:
        with _embedded() as url:
            yield url, "embedded service"
        return
    url, command = _nginx(directory, port)
    with _ending(subprocess.Popen(command)):
        _wait_until_it_answers(url)
        yield url, "nginx, one worker"


@contextmanager
def restartable(directory, port=9198):
    """Run nginx; yields its URL and what restarts it."""
    url, command = _nginx(directory, port)
    running = []

    def restart():
        for process in running:
            process.terminate()
            process.wait(10)
        running[:] = [subprocess.Popen(command)]
        _wait_until_it_answers(url)

    restart()
    try:
        yield url, restart
    finally:
        running[0].terminate()
        running[0].wait(10)


def _nginx(directory, port):
    """Return the URL and the command of an nginx with its files in a directory."""
    configuration = directory / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(directory=directory, port=port))
    command = [shutil.which("nginx"), "-c", str(configuration), "-e", str(directory / "error.log")]
    return f"http://127.0.0.1:{port}", command


@contextmanager
def _embedded():
    command = [sys.executable, "-m", "harness.demo", "--json", "--baseline-port", "0", "--canary-port", "0"]
    with _ending(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as process:
        yield json.loads(process.stdout.readline())["baseline"]


@contextmanager
def _ending(process):
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


def _wait_until_it_answers(url):
    for _ in range(100):
        with suppress(OSError), urllib.request.urlopen(url, timeout=1):
            return
        time.sleep(0.05)
    raise SystemExit(f"the target at {url} does not answer")
