"""What a user class says about its client, by the names that Locust's own users have for it."""

import pytest

from harness.client.tls import TlsSettings
from harness.load.http.settings import ClientSettings
from harness.load.locust.class_settings import client_settings, refusals


class Shop:
    default_headers = None
    network_timeout = connection_timeout = None
    max_redirects = 30
    insecure = None
    tls = None


def having(**settings):
    return type("Shop", (Shop,), settings)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({}, ClientSettings({})),
        ({"default_headers": {"a": "b"}, "max_redirects": 3}, ClientSettings({"a": "b"}, max_redirects=3)),
        ({"network_timeout": 2.0}, ClientSettings({}, timeout=(None, 2.0))),
        ({"connection_timeout": 1.0, "network_timeout": 2.0}, ClientSettings({}, timeout=(1.0, 2.0))),
        ({"insecure": True}, ClientSettings({}, TlsSettings(verify=False))),
        ({"insecure": False}, ClientSettings({}, TlsSettings(verify=True))),
        ({"tls": TlsSettings(ca_file="ca.pem")}, ClientSettings({}, TlsSettings(ca_file="ca.pem"))),
    ],
)
def test_the_settings_of_a_class_are_those_of_its_client(said, meant):
    assert client_settings(having(**said)) == meant
    assert not list(refusals(having(**said)))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"proxy_host": "proxy.example"}, "Shop.proxy_host = 'proxy.example': requests go to the targets"),
        ({"max_retries": 3}, "Shop.max_retries = 3: a request is never sent twice"),
        ({"ssl_context_factory": dict}, "write `tls` in the plan"),
        ({"insecure": True, "tls": TlsSettings()}, "`insecure = True` contradicts `tls`"),
    ],
)
def test_a_setting_that_the_client_cannot_follow_is_named(said, told):
    (line,) = refusals(having(**said))
    assert told in line
