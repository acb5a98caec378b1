"""The body of a request: forms, JSON, bytes, files and multipart become bytes and a content type."""

from __future__ import annotations

import json as standard_json
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import IO, Any
from urllib.parse import urlencode

import orjson
from urllib3.fields import RequestField
from urllib3.filepost import encode_multipart_formdata

Form = Mapping[str, Any] | list[tuple[str, Any]] | tuple[tuple[str, Any], ...]
Data = str | bytes | bytearray | memoryview | Form | IO[Any] | Iterable[bytes] | None
# As in requests: a file, its bytes, or (name, content[, content type[, headers]]).
File = Any
Files = Mapping[str, File] | Iterable[tuple[str, File]] | None


def payload(data: Data, json: Any = None, files: Files = None) -> tuple[bytes, str | None]:
    """Return a body and the content type its kind implies; JSON counts when there is no other data."""
    if files:
        return _multipart(data, files)
    if data is None or (isinstance(data, str | bytes | Mapping | list | tuple) and not data):
        return (b"", None) if json is None else (_json(json), "application/json")
    if isinstance(data, Mapping | list | tuple):
        return _form(data).encode(), "application/x-www-form-urlencoded"
    return _bytes(data), None


def is_text(data: Data) -> bool:
    """Whether a body was given as text, a form or JSON, not as bytes."""
    return data is None or isinstance(data, str | Mapping | list | tuple)


def _json(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:
        # Keys that are not strings, integers beyond 64 bits: the standard library can encode some of them.
        return standard_json.dumps(value).encode()


def _form(data: Form) -> str:
    return urlencode(
        [(name, value) for name, value in _pairs(data) if value is not None],
        doseq=True,
    )


def _multipart(data: Data, files: Mapping[str, File] | Iterable[tuple[str, File]]) -> tuple[bytes, str]:
    if data is not None and not isinstance(data, Mapping | list | tuple):
        raise ValueError("with files=, data= must be a form: a dict or a list of pairs")
    fields = [_field(name, value) for name, value in _pairs(data or ()) if value is not None]
    fields += [_file(name, file) for name, file in _pairs(files)]
    body, content_type = encode_multipart_formdata(fields)
    return body, content_type


def _field(name: str, value: Any) -> RequestField:
    field = RequestField(name, value if isinstance(value, bytes) else str(value))
    field.make_multipart()
    return field


def _file(name: str, file: File) -> RequestField:
    filename, content, content_type, headers = _file_parts(name, file)
    field = RequestField(name, _bytes(content), filename, headers)
    field.make_multipart(content_type=content_type)
    return field


def _file_parts(name: str, file: File) -> tuple[str | None, Any, str | None, Mapping[str, str] | None]:
    if isinstance(file, tuple):
        filename, content, content_type, headers = (*file, None, None)[:4]
        return filename, content, content_type, headers
    given = getattr(file, "name", None)
    return PurePath(given).name if isinstance(given, str) else name, file, None, None


def _pairs(form: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> Iterable[tuple[str, Any]]:
    return form.items() if isinstance(form, Mapping) else form


def _bytes(data: Any) -> bytes:
    """Read whatever carries bytes; text is sent as UTF-8."""
    if hasattr(data, "read"):
        data = data.read()
    if isinstance(data, str):
        return data.encode()
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    return b"".join(piece.encode() if isinstance(piece, str) else piece for piece in data)
