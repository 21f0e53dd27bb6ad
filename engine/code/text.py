"""The formats of a file: told by its name, or by how it begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal, TypeAlias

from .json_text import read_json, write_json
from .limits import Allowance
from .yaml_reading import read_yaml
from .yaml_writing import write_yaml

Format: TypeAlias = Literal["yaml", "json"]


@dataclass(frozen=True, slots=True)
class _Way:
    read: Callable[[bytes, Allowance], Any]
    write: Callable[[Any], str]


FORMATS: Mapping[Format, _Way] = {"yaml": _Way(read_yaml, write_yaml), "json": _Way(read_json, write_json)}
_BY_SUFFIX: Mapping[str, Format] = {".yaml": "yaml", ".yml": "yaml", ".json": "json"}
SUFFIXES = tuple(_BY_SUFFIX)


def text_of(value: Any, format_: Format) -> str:
    """Raises `Unreadable` for what the format cannot hold."""
    return FORMATS[format_].write(value)


def value_of(data: bytes, name: str = "", allowance: Allowance | None = None) -> Any:
    """What a file says, in the format of its name. Raises `Unreadable`."""
    return FORMATS[format_of(name, data)].read(data, allowance or Allowance())


def format_of(name: str, data: bytes = b"") -> Format:
    told = _BY_SUFFIX.get(PurePath(name).suffix.lower())
    return told or ("json" if data[:100].lstrip().startswith((b"{", b"[")) else "yaml")
