"""nginx as the target of a run: a service that nobody here wrote."""

import shutil
import subprocess
from contextlib import contextmanager

import pytest

NEEDS_NGINX = pytest.mark.skipif(shutil.which("nginx") is None, reason="needs nginx as the target")
_CONFIGURATION = """
daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log {directory}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off; client_body_temp_path {directory}; keepalive_requests 1000000;
  {servers}
}}
"""


@contextmanager
def running_nginx(directory, *servers):
    """Run nginx with these `server` blocks in a directory and a session of its own; yield its process."""
    directory.mkdir()
    file = directory / "nginx.conf"
    file.write_text(_CONFIGURATION.format(directory=directory, servers="\n  ".join(servers)))
    process = subprocess.Popen(
        ["nginx", "-c", str(file), "-e", str(directory / "error.log")], start_new_session=True
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)
