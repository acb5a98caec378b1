import pytest

from harness.live.same_origin import CONFIRMED, refusal

OWN = {"Host": "127.0.0.1:8089", CONFIRMED: "yes", "Origin": "http://127.0.0.1:8089"}


def refused(has_login=False, known=(), **changes):
    headers = {**OWN, **{name.replace("_", "-"): value for name, value in changes.items()}}
    present = {name: value for name, value in headers.items() if value is not None}
    return refusal(present, known, has_login) is not None


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


def test_an_html_form_is_refused():
    headers = {name: value for name, value in OWN.items() if name != CONFIRMED}
    assert refusal(headers, (), has_login=False)


@pytest.mark.parametrize("host", ["evil.example:8089", "", "127.0.0.1.evil.example", "[::1"])
def test_an_unknown_host_name_that_resolves_here_is_refused(host):
    assert refused(Host=host, Origin=f"http://{host}")


@pytest.mark.parametrize("host", ["localhost:8089", "[::1]:8089", "10.1.2.3", "load.internal:8089"])
def test_ip_addresses_and_known_host_names_are_accepted(host):
    assert not refused(Host=host, Origin=f"http://{host}", known=("load.internal",))


def test_behind_a_login_any_host_name_is_accepted():
    assert not refused(Host="gate.example", Origin="https://gate.example", has_login=True)
