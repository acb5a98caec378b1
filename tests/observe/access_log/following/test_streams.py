import os
import socket

import pytest

from harness.observe.access_log.following.streams import StandardInput, SyslogSocket


def text_of(stream):
    return b"".join(stream.read()).decode()


@pytest.mark.parametrize(
    "header",
    [
        "",
        "<190>Nov 28 02:25:53 web1 nginx: ",
        "<134>Nov  8 02:25:53 haproxy[123]: ",
        "<134>Nov  8 02:25:53 web1 haproxy[123]: ",
        "<165>1 2026-11-28T02:25:53.003Z web1 nginx 8710 - - ",
        "<34>",
    ],
)
def test_a_syslog_message_is_a_line_without_its_header(tmp_path, header):
    stream = SyslogSocket.unix(str(tmp_path / "log.sock"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        for body in ('{"a":1}', "GET / 200"):
            sender.sendto(f"{header}{body}".encode(), str(tmp_path / "log.sock"))
    assert text_of(stream) == '{"a":1}\nGET / 200\n'
    assert text_of(stream) == ""
    stream.close()
    assert not (tmp_path / "log.sock").exists()


def test_a_router_of_any_user_may_send_to_the_socket(tmp_path):
    stream = SyslogSocket.unix(str(tmp_path / "log.sock"))
    assert (tmp_path / "log.sock").stat().st_mode & 0o777 == 0o666
    stream.close()


def test_messages_that_the_system_dropped_are_a_loss():
    stream = SyslogSocket.udp("127.0.0.1", 0)
    stream._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(50):
            sender.sendto(b"x" * 1000, stream._socket.getsockname())
        text_of(stream)
        sender.sendto(b"x", stream._socket.getsockname())
        text_of(stream)
    assert "dropped" in stream.lost[0]
    stream.close()


def test_standard_input_is_read_until_it_ends_and_its_end_is_a_loss():
    read_fd, write_fd = os.pipe()
    stream = StandardInput(read_fd)
    assert text_of(stream) == ""
    os.write(write_fd, b"one\ntw")
    assert text_of(stream) == "one\n"
    os.write(write_fd, b"o\n")
    os.close(write_fd)
    assert text_of(stream) == "two\n"
    assert stream.lost == ["the log on standard input ended"]
    assert text_of(stream) == ""
    os.close(read_fd)
