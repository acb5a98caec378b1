import pytest

from harness.live.same_origin import refusal

OWN = {"Host": "127.0.0.1:8089", "Origin": "http://127.0.0.1:8089"}


def refused(has_login=False, known=(), method="POST", **changes):
    headers = {**OWN, **{name.replace("_", "-"): value for name, value in changes.items()}}
    present = {name: value for name, value in headers.items() if value is not None}
    return refusal(method, present, known, has_login=has_login) is not None


def test_the_page_itself_may_end_a_run():
    assert not refused(Sec_Fetch_Site="same-origin")


def test_a_script_on_this_machine_may_end_a_run():
    assert not refused(Origin=None)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999", ""])
def test_another_origin_is_refused(origin):
    assert refused(Origin=origin)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_a_request_that_the_browser_marks_as_cross_site_is_refused(site):
    assert refused(Sec_Fetch_Site=site, Origin=None)


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_nor_may_it_read(method):
    assert refused(method=method, Origin="http://evil.example")


def test_a_link_on_another_site_opens_a_page_in_a_tab_and_nothing_else():
    link = {"Origin": None, "Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert not refused(method="GET", Sec_Fetch_Dest="document", **link)
    assert refused(method="GET", Sec_Fetch_Dest="iframe", **link)
    assert refused(method="POST", Sec_Fetch_Dest="document", **link)
    assert refused(method="GET", Origin=None, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors")


def test_an_address_that_was_typed_opens_a_page():
    assert not refused(method="GET", Origin=None, Sec_Fetch_Site="none")


@pytest.mark.parametrize("host", ["evil.example:8089", "", "127.0.0.1.evil.example", "[::1"])
def test_an_unknown_host_name_that_resolves_here_is_refused(host):
    assert refused(Host=host, Origin=f"http://{host}")


@pytest.mark.parametrize("host", ["localhost:8089", "[::1]:8089", "10.1.2.3", "load.internal:8089"])
def test_ip_addresses_and_known_host_names_are_accepted(host):
    assert not refused(Host=host, Origin=f"http://{host}", known=("load.internal",))


def test_behind_a_login_any_host_name_is_accepted():
    assert not refused(Host="gate.example", Origin="https://gate.example", has_login=True)
