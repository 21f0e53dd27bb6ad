"""What a page of changes carries from one request to the next: the definitions, what shall be no more, and on which
revisions that was decided. Packed into a field of the form; nothing of it is believed when it comes back. Pure.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any, cast, get_args

from flask_babel import gettext as _

from engine.code import MOST_BYTES, Documents, Unreadable, as_file, text_of, value_of
from engine.model import DefinitionKind, DefinitionName, Invalid, Problem

MOST_PACKED = 400_000
"""A form's fields may have 500,000 bytes together."""


@dataclass(frozen=True)
class Parcel:
    raw: Mapping[str, Any]
    """`{"api": [...], "step": [...], "system": [...]}`, still to be read."""
    removed: tuple[DefinitionName, ...]
    base: Mapping[DefinitionName, int]


def packed(documents: Documents, base: Mapping[DefinitionName, int]) -> str:
    """`base` names everything; what is not among the documents shall be no more. Raises `Invalid` if it is too much."""
    numbers = {"/".join(name): number for name, number in base.items()}
    text = text_of({"documents": as_file(documents), "base": numbers}, "json")
    found = base64.b64encode(zlib.compress(text.encode(), 9)).decode()
    if len(found) > MOST_PACKED:
        message = _("so many changes do not fit into one page")
        raise Invalid([Problem("", message, _("send some of it at a time, or use the command line: app.py apply"))])
    return found


def unpacked(text: str) -> Parcel:
    """Raises `Invalid`."""
    try:
        value = value_of(_inflated(text), "parcel.json")
        raw, base = value["documents"], {_name(name): int(number) for name, number in value["base"].items()}
        there = {_name(f"{kind}/{one['_id']}") for kind in get_args(DefinitionKind) for one in raw[kind]}
        _require_base(there, base)
    except (ValueError, TypeError, KeyError, AttributeError, zlib.error, binascii.Error, Unreadable):
        message = _("what the page carried cannot be read any more")
        raise Invalid([Problem("", message, _("choose the file again"))]) from None
    return Parcel(raw, tuple(name for name in base if name not in there), base)


def _require_base(there: Set[DefinitionName], base: Mapping[DefinitionName, int]) -> None:
    if not there <= base.keys():
        raise ValueError("something would be written over unseen")


def _inflated(text: str) -> bytes:
    inflating = zlib.decompressobj()
    data = inflating.decompress(base64.b64decode(text, validate=True), MOST_BYTES)
    if not inflating.eof:
        raise ValueError("more than there can be")
    return data


def _name(text: str) -> DefinitionName:
    kind, _slash, id_ = text.partition("/")
    if kind not in get_args(DefinitionKind) or not id_:
        raise ValueError(f"{text} names no definition")
    return cast(DefinitionKind, kind), id_
