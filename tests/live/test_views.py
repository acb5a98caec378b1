from argparse import Namespace

import pytest

from harness.live.views import page_address


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "http://127.0.0.1:8089/gate/"),
        ({"web_host": "*"}, "http://127.0.0.1:8089/gate/"),
        ({"web_host": "shop.example", "web_port": 80}, "http://shop.example:80/gate/"),
        ({"tls_cert": "a", "tls_key": "b", "web_base_path": "/load/"}, "https://127.0.0.1:8089/load/gate/"),
    ],
)
def test_the_terminal_says_where_the_page_is(given, address):
    options = {"web_host": "", "web_port": 8089, "web_base_path": "", "tls_cert": "", "tls_key": ""}
    assert page_address(Namespace(**{**options, **given})) == address
