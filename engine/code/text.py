"""The formats of a file: told by its name, or by how it begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal, TypeAlias

from .json_text import read_json, write_json
from .limits import Allowance, Unreadable
from .yaml_reading import read_yaml
from .yaml_writing import write_yaml

Format: TypeAlias = Literal["yaml", "json"]


@dataclass(frozen=True, slots=True)
class _Way:
    read: Callable[[str, Allowance], Any]
    write: Callable[[Any], str]


FORMATS: Mapping[Format, _Way] = {"yaml": _Way(read_yaml, write_yaml), "json": _Way(read_json, write_json)}
_BY_SUFFIX: Mapping[str, Format] = {".yaml": "yaml", ".yml": "yaml", ".json": "json"}
SUFFIXES = tuple(_BY_SUFFIX)


def text_of(value: Any, format_: Format) -> str:
    """Raises `Unreadable` for what the format cannot hold."""
    return FORMATS[format_].write(value)


def value_of(text: str, name: str = "", allowance: Allowance | None = None) -> Any:
    """What the text says, in the format of its file's name. Raises `Unreadable`."""
    return FORMATS[format_of(name, text)].read(text, allowance or Allowance())


def format_of(name: str, text: str = "") -> Format:
    told = _BY_SUFFIX.get(PurePath(name).suffix.lower())
    return told or ("json" if text.lstrip().startswith(("{", "[")) else "yaml")


def decoded(data: bytes) -> str:
    """UTF-8, with or without a mark in front. Raises `Unreadable`."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("is no UTF-8 text", "save it as UTF-8", data[: error.start].count(b"\n") + 1) from None
