"""Lines in the shape that each router documents, and what they say."""

import math

import pytest

from harness.observe.access_log.clients import client_number
from harness.observe.access_log.formats import BY_NAME
from harness.observe.variant_values import Owner
from harness.plan.traffic.log_fields import TEXT_FACTS
from tests.observe.access_log.logs import NGINX, nginx_line, reader_of, told

CANARY = ["10.0.0.7:8080"]


def test_nginx_json_lines_have_nginx_s_own_variable_names():
    line = nginx_line(1_796_000_000.123, "10.0.0.7:8080", 503, "/api/tasks/7?full=1", 0.25)
    assert told(reader_of(**NGINX), line) == {
        "ended_s": 1_796_000_000.123,
        "response_s": 0.25,
        "service_s": 0.25,
        "status": 503,
        "owner": Owner.CANARY,
        "endpoint": "GET /api/tasks/{id}",
        "failed": True,
        "retried": False,
    }


def test_a_log_format_of_nginx_is_read_as_it_was_configured():
    # https://nginx.org/en/docs/http/ngx_http_log_module.html: the example "compression" and more.
    log_format = (
        '$remote_addr - $remote_user [$time_local] "$request" $status $bytes_sent "$http_referer" '
        '"$http_user_agent" "$gzip_ratio" $request_time ${upstream_response_time} $upstream_addr'
    )
    line = (
        '127.0.0.1 - - [29/Nov/2026:08:26:40 +0100] "GET /a%20b?x=1 HTTP/1.1" 200 12 "-" "curl (\\x22y)" '
        '"2.1" 0.042 0.040 10.0.0.7:8080'
    )
    found = told(reader_of(log_format=log_format, variant={"field": "upstream_addr", "canary": CANARY}), line)
    assert found["ended_s"] == 1_795_937_200.0
    assert (found["response_s"], found["service_s"], found["owner"]) == (0.042, 0.04, Owner.CANARY)
    assert found["endpoint"] == "GET /a%20b"


def test_proxies_that_a_request_came_through_need_no_quotes():
    log = {
        "log_format": "$http_x_forwarded_for [$time_local] $status $request_time $request_uri $upstream_addr",
        "variant": {"field": "upstream_addr", "canary": ["10.0.0.7:8080"]},
    }
    for proxies in ("-", "192.0.2.1", "192.0.2.1, 10.0.0.1"):
        line = f"{proxies} [28/Nov/2026:21:47:29 +0000] 200 0.018 /x 10.0.0.7:8080"
        assert told(reader_of(**log), line)["owner"] == Owner.CANARY


def test_a_retried_request_is_one_response_of_the_variant_asked_first_which_failed():
    log_format = '$msec $request_time $upstream_response_time $status "$request" $upstream_addr'
    reader = reader_of(log_format=log_format, variant={"field": "upstream_addr", "canary": CANARY})
    tries = "10.0.0.7:8080, 10.0.0.5:8080"
    found = told(reader, f'1796000000.000 0.050 0.010, 0.030 200 "GET / HTTP/1.1" {tries}')
    assert (found["owner"], found["retried"], found["service_s"]) == (Owner.CANARY, True, 0.04)
    assert found["failed"]


def test_combined_lines_end_with_the_request_time_and_may_name_the_upstream():
    reader = reader_of(format="combined", variant={"field": "upstream_addr", "canary": CANARY})
    start = '10.1.1.1 - bob [29/Nov/2026:07:26:40 +0000] "POST /api/tasks HTTP/2.0" 201 5 "-" "x y" 0.030'
    assert told(reader, f'{start} 0.029 "10.0.0.7:8080"')["owner"] == Owner.CANARY
    bare = told(reader_of(format="combined", variant=NGINX["variant"]), start)
    assert (bare["owner"], bare["response_s"]) == (Owner.ROUTER, 0.03)
    assert math.isnan(bare["service_s"].expected), "there was no upstream"


def test_envoy_s_default_format_counts_from_the_start_of_the_request():
    # The example in Envoy's documentation of access logging, with a later date.
    line = (
        '[2026-11-29T07:26:40.000Z] "POST /api/v1/locations HTTP/2" 204 - 154 0 226 100 "10.0.35.28" '
        '"nsq2http" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "locations" "tcp://10.0.2.1:80"'
    )
    reader = reader_of(format="envoy", variant={"field": "upstream_host", "canary": ["tcp://10.0.2.1:80"]})
    found = told(reader, line)
    assert found["ended_s"] == 1_795_937_200.226
    # Envoy cuts off fractions of a millisecond: half of one is what they are on average.
    assert (found["response_s"], found["service_s"], found["owner"]) == (0.2265, 0.1005, Owner.CANARY)
    gone = told(reader, line.replace(" 204 - ", " 0 DC "))
    assert (gone["endpoint"], gone["failed"]) == ("POST /api/v1/locations (aborted)", False)


def test_envoy_json_has_the_documented_names():
    line = (
        '{"start_time":"2026-11-29T07:26:40.000Z","method":"GET","path":"/","response_code":200,'
        '"response_flags":"-","duration":12,"upstream_service_time":"11","upstream_host":"10.0.0.5:80"}'
    )
    reader = reader_of(format="envoy-json", variant={"field": "upstream_host", "canary": CANARY})
    found = told(reader, line)
    assert (found["response_s"], found["service_s"], found["owner"]) == (0.0125, 0.0115, Owner.BASELINE)


@pytest.mark.parametrize("syslog", ["", "Feb  6 12:14:14 localhost haproxy[14389]: "])
def test_haproxy_s_http_log_is_read_with_and_without_syslog_s_header(syslog):
    # The example of the configuration manual, 8.2.3, with a later date.
    line = (
        f"{syslog}10.0.1.2:33317 [29/Nov/2026:07:26:40.655] http-in static/srv1 10/0/30/69/109 200 2750 - - "
        '---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1"'
    )
    reader = reader_of(format="haproxy", timezone="UTC", variant={"field": "server", "canary": "srv1"})
    found = told(reader, line)
    assert found["ended_s"] == 1_795_937_200.764
    assert (found["response_s"], found["service_s"], found["owner"]) == (0.109, 0.069, Owner.CANARY)
    assert found["endpoint"] == "GET /index.html"


def test_haproxy_says_when_the_client_went_away_and_when_no_server_was_asked():
    reader = reader_of(format="haproxy", timezone="UTC", variant={"field": "server", "canary": "srv1"})
    line = (
        "10.0.1.2:33317 [29/Nov/2026:07:26:40.655] in bck/{} 0/0/0/-1/8000 {} 2750 - - {} 1/1/1/1/+1 0/0 "
        '"GET / HTTP/1.1"'
    )
    gone = told(reader, line.format("srv1", -1, "CH--"))
    assert (gone["endpoint"], gone["failed"], gone["retried"]) == ("GET / (aborted)", False, False)
    refused = told(reader, line.format("<NOSRV>", 503, "SC--"))
    assert (refused["owner"], refused["failed"]) == (Owner.UNATTRIBUTED, True)


def test_caddy_s_json_log_has_the_request_as_an_object():
    # The shape of the example in Caddy's documentation of logging.
    line = (
        '{"level":"info","ts":1796000000.5,"logger":"http.log.access","msg":"handled request","request":'
        '{"remote_ip":"127.0.0.1","method":"GET","host":"localhost","uri":"/a?b=1","headers":{}},'
        '"duration":0.000929675,"size":10900,"status":404,"resp_headers":{"X-Variant":["canary"]}}'
    )
    field = {"field": "resp_headers.X-Variant", "canary": "/canary/", "baseline": "/baseline/"}
    found = told(reader_of(format="caddy", variant=field), line)
    assert (found["response_s"], found["owner"]) == (0.00093, Owner.CANARY)
    assert found["endpoint"] == "GET /a (client error)"


def test_traefik_s_json_log_counts_nanoseconds_from_the_start():
    line = (
        '{"DownstreamStatus":200,"Duration":12000000,"OriginDuration":11000000,"OriginStatus":200,'
        '"RequestMethod":"GET","RequestPath":"/x","RetryAttempts":1,"ServiceAddr":"10.0.0.7:8080",'
        '"StartUTC":"2026-11-29T07:26:40.123456789Z"}'
    )
    found = told(reader_of(format="traefik", variant={"field": "ServiceAddr", "canary": CANARY}), line)
    assert found["ended_s"] == 1_795_937_200.135
    assert (found["response_s"], found["service_s"]) == (0.012, 0.011)


def test_any_json_log_is_read_by_the_names_of_its_fields():
    fields = {"time": "ts", "duration": "rt", "unit": "ms", "status": "st", "method": "m", "path": "p"}
    reader = reader_of(json=fields, variant={"field": "v", "canary": ["v2"], "baseline": ["v1"]})
    line = '{"ts":"2026-11-29T07:26:40Z","rt":12.5,"st":"200","m":"GET","p":"/","v":"v2"}'
    found = told(reader, line)
    assert (found["ended_s"], found["response_s"], found["owner"]) == (1_795_937_200.0, 0.0125, Owner.CANARY)
    assert told(reader, line.replace('"v2"', '"v3"'))["owner"] == Owner.UNATTRIBUTED
    assert told(reader, line.replace('"v2"', "null"))["owner"] == Owner.UNATTRIBUTED


def test_any_text_log_is_read_by_the_names_of_an_expression_s_groups():
    regex = r"(?P<time>\d+) (?P<duration_us>\d+) (?P<status>\d+) (?P<request>\S+ \S+) (?P<pod>\S+)"
    reader = reader_of(regex=regex, variant={"field": "pod", "canary": ["tasks-v2-*"]})
    found = told(reader, "1796000000123 1500 500 GET /x tasks-v2-9f8c")
    assert (found["ended_s"], found["response_s"], found["owner"]) == (
        1_796_000_000.123,
        0.0015,
        Owner.CANARY,
    )


def combined(line):
    return told(reader_of(format="combined", variant=NGINX["variant"]), line)


@pytest.mark.parametrize(
    ("request_line", "endpoint"),
    [
        ("GET /a\\x22b HTTP/1.1", "GET /a\\x22b"),
        ('GET /a\\"b HTTP/1.1', 'GET /a\\"b'),
        ("GET /tasks HTTP/2.0", "GET /tasks"),
        ("GET http://tasks/list?page=2 HTTP/1.1", "GET /list"),
        ("GET /tasks", "GET /tasks"),
        ("\\x16\\x03\\x01\\x02", "? /"),
        ("", "? /"),
        ("-", "? /"),
    ],
)
def test_request_lines_of_any_kind_are_read(request_line, endpoint):
    line = (
        f'::1 - john doe [28/Nov/2026:12:00:00 +0000] "{request_line}" 200 5 "-" "an \\"old\\" browser" '
        '0.010 0.008 "[::1]:8080"'
    )
    assert combined(line)["endpoint"] == endpoint
    assert combined(f"{line}\r")["owner"] == Owner.BASELINE


def test_a_user_agent_with_quotes_leaves_envoy_s_upstream_as_it_is():
    line = (
        '[2026-11-28T12:00:00.000Z] "GET /x HTTP/2" 200 - 0 5 7 6 "-" "a "b" "10.0.0.9:80" c" "id" '
        '"tasks" "10.0.0.7:8080"'
    )
    assert (
        told(reader_of(format="envoy", variant={"field": "upstream_host", "canary": CANARY}), line)["owner"]
        == Owner.CANARY
    )


# Istio's default text format (istio.io, "Envoy Access Logs"), with a line as its documentation shows it.
ISTIO = (
    '[2026-11-28T10:13:05.880Z] "GET /status/418 HTTP/1.1" 418 - via_upstream - "-" 0 135 4 3 "-" '
    '"curl/7.73.0" "84961386-6d84-929d-98bd-c5aee93b5c88" "httpbin:8000" "10.0.0.7:8080" '
    "outbound|8000|v2|httpbin.foo.svc 10.44.1.27:37652 10.0.45.184:8000 10.44.1.23:46520 - default"
)


@pytest.mark.parametrize(
    ("field", "canary"), [("upstream_host", CANARY), ("upstream_cluster", ["outbound|*|v2|*"])]
)
def test_istio_s_text_log_is_envoy_s_with_more_in_it(field, canary):
    found = told(reader_of(format="envoy", variant={"field": field, "canary": canary}), ISTIO)
    assert (found["response_s"], found["service_s"], found["owner"]) == (0.0045, 0.0035, Owner.CANARY)
    assert found["endpoint"] == "GET /status/{id} (client error)"


@pytest.mark.parametrize(
    ("time", "path", "service"),
    [
        ("start_time", "path", "upstream_service_time"),  # Istio
        ("start_time", "x-envoy-origin-path", "x-envoy-upstream-service-time"),  # Envoy Gateway
        ("@timestamp", "path", "upstream_service_time"),  # Contour
    ],
)
def test_those_who_configure_envoy_have_names_of_their_own(time, path, service):
    line = (
        f'{{"{time}":"2026-11-29T07:26:40.000Z","method":"GET","{path}":"/","response_code":200,'
        f'"response_flags":"-","duration":12,"{service}":"11","upstream_host":"10.0.0.7:8080"}}'
    )
    found = told(reader_of(format="envoy-json", variant={"field": "upstream_host", "canary": CANARY}), line)
    assert (found["endpoint"], found["service_s"], found["owner"]) == ("GET /", 0.0115, Owner.CANARY)


def test_what_envoy_could_not_read_as_a_request_is_a_client_error_of_no_upstream():
    line = (
        '{"start_time":"2026-11-29T07:26:40.000Z","method":null,"path":null,"response_code":400,'
        '"response_flags":"DPE","duration":0,"upstream_service_time":null,"upstream_host":null}'
    )
    found = told(reader_of(format="envoy-json", variant={"field": "upstream_host", "canary": CANARY}), line)
    assert (found["endpoint"], found["owner"]) == ("? / (client error)", Owner.ROUTER)


def test_traefik_s_default_log_has_the_router_and_the_server_at_its_end():
    # The format in Traefik's documentation of access logs.
    line = (
        '10.0.0.1 - - [29/Nov/2026:07:26:40 +0000] "GET /a?b HTTP/1.1" 200 12 "-" "a "quoted" agent" 5 '
        '"app@docker" "http://10.0.0.7:8080" 12ms'
    )
    variant = {"field": "ServiceURL", "canary": "*://10.0.0.7:8080"}
    found = told(reader_of(format="traefik-common", variant=variant), line)
    assert (found["response_s"], found["owner"], found["endpoint"]) == (0.0125, Owner.CANARY, "GET /a")


def test_traefik_2_has_the_server_as_an_object():
    line = (
        '{"DownstreamStatus":200,"Duration":12000001,"RequestMethod":"GET","RequestPath":"/x",'
        '"ServiceURL":{"Scheme":"http","Host":"10.0.0.7:8080"},"StartUTC":"2026-11-29T07:26:40Z"}'
    )
    variant = {"field": "ServiceURL.Host", "canary": CANARY}
    assert told(reader_of(format="traefik", variant=variant), line)["owner"] == Owner.CANARY


INGRESS_NGINX = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" '
    '"$http_user_agent" $request_length $request_time [$proxy_upstream_name] '
    "[$proxy_alternative_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time "
    "$upstream_status $req_id"
)


@pytest.mark.parametrize(
    ("alternative", "upstream", "owner"),
    [
        ("default-app-canary-80", "10.1.2.3:8080", Owner.CANARY),
        ("", "[fd00::1]:8080", Owner.BASELINE),
        ("", "[fd00::1]:8080, unix:/run/app.sock : [::1]:8080", Owner.BASELINE),
        ("", "-", Owner.ROUTER),
    ],
)
def test_ingress_nginx_tells_the_canary_by_its_alternative_which_is_else_empty(alternative, upstream, owner):
    # The default of `log-format-upstream` in its documentation.
    variant = {
        "field": "proxy_alternative_upstream_name",
        "baseline": [""],
        "canary": ["default-app-canary-80"],
    }
    line = (
        '192.168.0.139 - - [29/Nov/2026:07:26:40 +0000] "GET /x HTTP/2.0" 200 760 "-" "curl" 113 0.005 '
        f"[default-app-80] [{alternative}] {upstream} 760 - 200 5a9f"
    )
    assert told(reader_of(log_format=INGRESS_NGINX, variant=variant), line)["owner"] == owner


@pytest.mark.parametrize("apache_s", ["12345", "0"])
def test_microseconds_and_whole_seconds_of_apache_are_not_nginx_s_seconds(apache_s):
    reader = reader_of(format="combined", variant=NGINX["variant"])
    line = f'::1 - - [29/Nov/2026:07:26:40 +0000] "GET / HTTP/1.1" 200 5 "-" "x" {apache_s}\n'
    assert reader.read(line.encode()).unread == 1


@pytest.mark.parametrize(
    "log",
    [
        {"format": "combined", "variant": NGINX["variant"]},
        {"log_format": INGRESS_NGINX, "variant": NGINX["variant"]},
        {"format": "envoy", "variant": {"field": "upstream_host", "canary": CANARY}},
    ],
)
@pytest.mark.parametrize("filling", ["a:1 [", '" "', '" 200 1 ', "- "])
def test_a_line_that_was_made_to_be_hard_to_read_is_left_out_at_once(log, filling):
    reader = reader_of(**log)
    line = f"1.2.3.4 - {filling * 10_000}@\n"
    assert reader.read(line.encode()).unread == 1


def test_a_request_that_got_no_answer_was_aborted():
    read = told(reader_of(**NGINX), nginx_line(1.0, status=0))
    assert (read["endpoint"], read["failed"]) == ("GET /api/tasks/{id} (aborted)", False)


@pytest.mark.parametrize("name", TEXT_FACTS)
def test_a_plan_may_name_what_the_lines_of_a_text_format_tell(name):
    assert {*next(BY_NAME[name].lines.known(b""))} == TEXT_FACTS[name]


def test_stick_on_src_is_told_by_haproxy_s_client_ip_and_ip_hash_by_nginx_s_remote_addr():
    by_ip = {"format": "haproxy", "client": "client_ip", "variant": {"field": "server", "canary": "c"}}
    line = '[29/Nov/2026:07:26:40.000] f b/c 0/0/0/5/6 200 5 - - ---- 1/1/0/0/0 0/0 "GET / HTTP/1.1"'
    read = reader_of(timezone="UTC", **by_ip).read(f"10.0.1.2:31212 {line}\n[::1]:9 {line}\n".encode())
    assert read.client.tolist() == [client_number("10.0.1.2"), client_number("[::1]")]
    end = '- - [29/Nov/2026:07:26:40 +0000] "GET / HTTP/2.0" 200 5 "-" "x" 0.030 0.029 "10.0.0.7:8080"'
    by_addr = reader_of(format="combined", client="remote_addr", variant=NGINX["variant"])
    assert by_addr.read(f"10.0.1.2 {end}\n".encode()).client.tolist() == [client_number("10.0.1.2")]
