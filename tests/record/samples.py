"""A record of any class, with a value in every field, made from the types of its fields."""

import dataclasses
import enum
import types
import typing
from collections.abc import Mapping

VALUES = {"t_s": 1.5, "stage": "canary-5", "index": 1}
OF_TYPES = {bool: True, int: 0, float: 0.5, str: "text"}


def sample_of(kind, **values):
    """Return a record of this class; the key that tells the classes apart keeps its default."""
    hints = typing.get_type_hints(kind)
    free = [field.name for field in dataclasses.fields(kind) if not _is_its_name(field, hints[field.name])]
    return kind(**{name: VALUES.get(name, _value(hints[name])) for name in free} | values)


def _is_its_name(field, hint):
    return typing.get_origin(hint) is typing.Literal and field.default is not dataclasses.MISSING


def _value(hint):
    """Make a value of a type; of alternatives, of the first."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return args[0]
    if origin in (types.UnionType, typing.Union):
        return _value(args[0])
    if origin is tuple:
        return tuple(_value(arg) for arg in args if arg is not Ellipsis)
    if origin in (dict, Mapping):
        return {}
    if isinstance(hint, enum.EnumType):
        return next(iter(hint))
    return OF_TYPES[hint]
