"""JSON values to YAML, always alike: blocks, no line broken for its length, text in quotes wherever it must.

Quoted is what any reader might take for something else, one of YAML 1.1 included: `"on"`, `"1:30"`, `"1e5"`.
"""

from __future__ import annotations

import math
import re
from typing import Any

import yaml

from .limits import Unreadable
from .scalar import meaning

_OTHER_BREAKS = re.compile("[\r\x85\u2028\u2029\ufeff]")
"""A reader makes a plain line break of them, unless they are escaped."""


def write_yaml(value: Any) -> str:
    """Raises `Unreadable` for what YAML cannot hold."""
    try:
        return yaml.dump(
            value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=math.inf
        )  # fmt: skip
    except RecursionError:
        raise Unreadable("is nested too deep to be written") from None


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  the library calls it
        """The same value twice is written twice."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002  likewise
        """Lists stand to the right of their key."""
        super().increase_indent(flow, False)


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise Unreadable("holds half a character (a lone surrogate), which YAML cannot", "write it as JSON")
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))


def _style(text: str) -> str | None:
    """Lines as a block; quotes for what we would read as something else; else what the writer thinks right."""
    if _OTHER_BREAKS.search(text):
        return '"'
    if "\n" in text:
        return "|"
    try:
        return None if isinstance(meaning(text), str) else "'"
    except ValueError:
        return "'"


_Dumper.add_representer(str, _text)
