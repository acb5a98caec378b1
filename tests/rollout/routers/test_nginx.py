import subprocess
import time
from fractions import Fraction

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.plan.router import Nginx
from harness.rollout.routers.nginx import NginxRouter, shares_in, split_block
from harness.rollout.routers.router import RouterError, apply_shares
from tests.ports import free_port
from tests.rollout.conftest import THREE, needs, split, variants_of

CONFIGURATION = """
daemon off; master_process on; worker_processes 1; pid {root}/pid; error_log {root}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {root}/t1; proxy_temp_path {root}/t2; fastcgi_temp_path {root}/t3;
    uwsgi_temp_path {root}/t4; scgi_temp_path {root}/t5;
    include {root}/canary.conf;
    upstream baseline {{ server {baseline}; }}
    upstream canary {{ server {canary}; }}
    server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://$variant; }} }}
}}
"""


def test_a_share_is_written_with_two_decimals():
    assert "    5.00% canary;\n    * baseline;" in split_block("variant", split(Fraction(1, 20)))


def test_a_control_has_a_line_of_its_own():
    written = split_block("variant", split(Fraction(1, 20), THREE))
    assert "    5.00% canary;\n    5.00% control;\n    * baseline;" in written


@pytest.mark.parametrize(("weight", "only"), [(0, "baseline"), (1, "canary")])
def test_all_or_nothing_is_no_split(weight, only):
    assert f"{{\n    * {only};\n}}" in split_block("variant", split(weight))


@given(st.integers(0, 10_000))
def test_every_hundredth_of_a_percent_is_read_back_from_the_block(hundredths):
    shares = split(Fraction(hundredths, 10_000), THREE)
    read = shares_in(split_block("variant", shares))
    assert read == {variant: share for variant, share in shares.items() if share}


def test_a_weight_nginx_cannot_write_is_refused():
    with pytest.raises(RouterError, match="splits in steps of"):
        split_block("variant", split(Fraction(1, 3)))


def test_a_refused_reload_puts_the_file_back(tmp_path):
    file = tmp_path / "canary.conf"
    file.write_text("# as it was\n")
    router = NginxRouter(Nginx(file=str(file), reload=("false",)))
    with pytest.raises(RouterError, match="nginx was not reloaded: exit code 1"):
        router.set_shares("canary-5", split(Fraction(1, 20)))
    assert file.read_text() == "# as it was\n"


@needs("nginx")
def test_a_real_nginx_splits_and_takes_back(tmp_path, service):
    port = free_port()
    file, main = tmp_path / "canary.conf", tmp_path / "nginx.conf"
    file.write_text(split_block("variant", split(0)))
    hosts = {name: url.removeprefix("http://") for name, url in service.items()}
    main.write_text(CONFIGURATION.format(root=tmp_path, port=port, **hosts))
    reload = ("nginx", "-p", str(tmp_path), "-c", str(main), "-s", "reload")
    with subprocess.Popen(["nginx", "-p", str(tmp_path), "-c", str(main)]) as process:
        try:
            router = NginxRouter(Nginx(file=str(file), reload=reload))
            url = f"http://127.0.0.1:{port}"
            wait_for(url)
            for weight in (Fraction(1, 2), Fraction(1), Fraction(0)):
                apply_shares(router, "stage", split(weight))
                wait_until_settled(url, weight)
            assert variants_of(url) == {"baseline": 400}
        finally:
            process.terminate()


def wait_for(url):
    ends_s = time.monotonic() + 20
    while time.monotonic() < ends_s:
        try:
            return httpx.get(url, trust_env=False)
        except httpx.ConnectError:
            time.sleep(0.05)
    raise AssertionError("nginx did not start")


def wait_until_settled(url, weight):
    """Wait until the old workers are gone: a reload is not instant, and for a moment both accept."""
    ends_s = time.monotonic() + 20
    in_a_row = 0
    while in_a_row < 3:
        in_a_row = in_a_row + 1 if has_followed(url, weight) else 0
        assert time.monotonic() < ends_s, f"the traffic never followed to {weight}"


def has_followed(url, weight):
    try:
        return abs(variants_of(url, 100)["canary"] - 100 * weight) <= 30 * (0 < weight < 1)
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return False  # an old worker left, and with it the connection, at the end of a request or within one
