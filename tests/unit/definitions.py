"""Any definition there can be, for property tests: odd text, odd keys, odd numbers, fields that nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from engine.code.form import name_of
from engine.model import Api, DefinitionName, Document, Step, System

TRAPS = (
    "on", "no", "Yes", "y", "true", "null", "~", "", "1:30", "010", "0x1F", "1_000", "1e5", "1e+5", ".5", "-.inf",
    ".NaN",     "2026-11-30", "2026-11-30 09:00", "<<", "=", "*a", "&a", "!x", "- a", "a: b", "# no comment", "@", "`",
    "%", "'", '"', "|", ">",
    " lead",
    "trail ", "tab\there", "two\nlines", "two\nlines\n",
    "\n", "\n\nlate", "  deep\nless", "space \nbreak", "\r\n", "\u0085", "\u2028",
    "\ufeff", "\x00\x07", "中文", "é😀", "{", "}", "[", "]", ",", "?", "? a", ":", "---", "...", "\\", "a" * 200,
)  # fmt: skip
"""Text that some reader of YAML takes for something else."""

texts = st.one_of(st.sampled_from(TRAPS), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
scalars = st.one_of(
    texts, st.booleans(), st.none(), st.integers(), st.floats(allow_nan=False), st.integers(10**18, 10**30)
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)
objects = st.dictionaries(texts, values, max_size=4)
ids = st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True)
spans = st.fixed_dictionaries({}, optional={"day": st.floats(0, 400), "hour": st.integers(0, 99), "minute": st.none()})
unknown = st.dictionaries(st.sampled_from(["owner", "ticket", "on", "x.y"]), values, max_size=2)
args = st.fixed_dictionaries({"type": st.sampled_from(["string", "any"])}, optional={"val": values})


def _documents(model: type[Document], required: Mapping[str, Any], optional: Mapping[str, Any]) -> Any:
    fields = st.fixed_dictionaries(dict(required), optional=dict(optional))
    return st.builds(lambda more, own: model.load(more | own), unknown, fields)


apis = _documents(
    Api,
    {"_id": ids, "url": st.sampled_from(["http://127.0.0.1/a", "https://example.com/{name}?q=1"])},
    {
        "method": st.sampled_from(["GET", "POST"]), "desc": texts, "debug": st.booleans(), "result": values,
        "headers": st.dictionaries(texts, texts, max_size=2), "args": st.dictionaries(texts, args, max_size=3),
        "interval": st.floats(0, 1e9), "timeout_s": st.integers(1, 9),
    },
)  # fmt: skip
uses = st.fixed_dictionaries({"_id": ids}, optional={"args": objects, "lresult": texts, "largs": values})
links = st.fixed_dictionaries(
    {"_id": ids, "api": st.fixed_dictionaries({"val": uses})},
    optional={"condition": st.fixed_dictionaries({"val": texts})},
)
steps = _documents(
    Step,
    {"_id": ids},
    {
        "desc": texts, "expect_span": spans, "checklink": st.lists(links, max_size=3),
        "response": st.dictionaries(texts, st.fixed_dictionaries({"fromapi": texts, "key": texts}), max_size=2),
    },
)  # fmt: skip
flows = st.recursive(
    st.one_of(ids, st.fixed_dictionaries({"_id": ids, "name": texts})), lambda inner: st.lists(inner, max_size=3)
)
systems = _documents(System, {"_id": ids}, {"name": texts, "def_args": objects, "step": st.lists(flows, max_size=3)})


def _by_key(documents: list[Document]) -> dict[DefinitionName, Document]:
    """One of each name, also on a disk that knows no capitals."""
    once = {(kind, id_.lower()): document for document in documents for kind, id_ in [name_of(document)]}
    return {name_of(document): document for document in once.values()}


catalogs = st.lists(st.one_of(apis, steps, systems), min_size=1, max_size=6).map(_by_key)
