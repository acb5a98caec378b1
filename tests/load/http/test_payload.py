"""Request bodies: what a task hands over, in the bytes a service gets."""

import io
from email.parser import BytesParser

import pytest

from harness.load.http.payload import payload


@pytest.mark.parametrize(
    ("data", "json", "body", "content_type"),
    [
        (None, None, b"", None),
        ("ü", None, "ü".encode(), None),
        (b"\x00", None, b"\x00", None),
        (bytearray(b"a"), None, b"a", None),
        ({"a": "b c", "d": [1, 2], "e": None}, None, b"a=b+c&d=1&d=2", "application/x-www-form-urlencoded"),
        ([("a", 1), ("a", 2)], None, b"a=1&a=2", "application/x-www-form-urlencoded"),
        (io.BytesIO(b"file"), None, b"file", None),
        (io.StringIO("text"), None, b"text", None),
        (iter([b"a", "b"]), None, b"ab", None),
        (None, {"a": None}, b'{"a":null}', "application/json"),
        ("", [], b"[]", "application/json"),
        ({}, 1, b"1", "application/json"),
        (None, {1: 2**70}, b'{"1": 1180591620717411303424}', "application/json"),
        (b"data", {"not": "used"}, b"data", None),
    ],
)
def test_a_body_and_its_content_type(data, json, body, content_type):
    assert payload(data, json) == (body, content_type)


def parts_of(body, content_type):
    message = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    return [
        (
            part.get_param("name", header="content-disposition"),
            part.get_filename(),
            part.get_payload(decode=True),
            part.get_content_type() if part["content-type"] else None,
        )
        for part in message.get_payload()
    ]


def test_files_become_multipart_with_the_form_before_them(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_bytes(b"from disk")
    with path.open("rb") as file:
        body, content_type = payload(
            {"title": "x", "size": 3},
            files={"a": file, "b": b"raw", "c": ("c.csv", io.BytesIO(b"1,2"), "text/csv")},
        )
    assert content_type.startswith("multipart/form-data; boundary=")
    assert parts_of(body, content_type) == [
        ("title", None, b"x", None),
        ("size", None, b"3", None),
        ("a", "notes.txt", b"from disk", None),
        ("b", "b", b"raw", None),
        ("c", "c.csv", b"1,2", "text/csv"),
    ]


def test_headers_of_a_part_are_kept():
    body, _ = payload(None, files=[("a", ("a.bin", b"x", "application/x", {"X-Part": "1"}))])
    assert b"X-Part: 1\r\n" in body


def test_files_beside_a_body_that_is_no_form_are_refused():
    with pytest.raises(ValueError, match="form"):
        payload("text", files={"a": b"x"})
