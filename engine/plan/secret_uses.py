"""Where definitions name secrets: what stops working when one is gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.model import Api, Step

from .secret import names_of_args, names_of_default, names_of_text


@dataclass(frozen=True, slots=True)
class SecretUse:
    """One place: `where` reads as `headers.Authorization` of an api, `checklink.l1.api.val.args.token` of a step."""

    kind: Literal["api", "step"]
    id: str
    where: str


def secret_uses(apis: Iterable[Api], steps: Iterable[Step]) -> Mapping[str, tuple[SecretUse, ...]]:
    """Name → its places, in the order of the definitions."""
    found: dict[str, list[SecretUse]] = defaultdict(list)
    for name, use in (*_in_apis(apis), *_in_steps(steps)):
        found[name].append(use)
    return {name: tuple(dict.fromkeys(uses)) for name, uses in found.items()}


def _in_apis(apis: Iterable[Api]) -> Iterator[tuple[str, SecretUse]]:
    for api in apis:
        for header, text in api.headers.items():
            yield from ((name, SecretUse("api", api.id, f"headers.{header}")) for name in names_of_text(text))
        for arg, declared in api.args.items():
            use = SecretUse("api", api.id, f"args.{arg}.val")
            yield from ((name, use) for name in names_of_default(declared.val))


def _in_steps(steps: Iterable[Step]) -> Iterator[tuple[str, SecretUse]]:
    for step in steps:
        for link in step.checklink:
            for arg, raw in link.api.val.args.items():
                use = SecretUse("step", step.id, f"checklink.{link.id}.api.val.args.{arg}")
                yield from ((name, use) for name in names_of_args(raw))
