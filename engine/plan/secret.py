"""Which secrets a plan names, and whether they can be had where they stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.model import Api, Link, Problem, Step, Task
from engine.script import (
    BadSecret,
    BadValue,
    Reference,
    ScriptError,
    names_in,
    parse_value,
    parts_of,
    references,
    sealed_default,
    whole_secret,
)

from .plan import Plan
from .reading import readings
from .suggest import did_you_mean

ROOT = "SECRET"


@dataclass(frozen=True)
class Secrets:
    """Judges what names secrets; `known` are None where nobody can tell which there are."""

    known: Collection[str] | None

    def of_reference(self, reference: Reference) -> tuple[str, str] | None:
        """What is wrong with a reference to a secret from a link, and what to do."""
        if reference.source.startswith("$CODE"):
            return "a script cannot read secrets", "bind $$SECRET.<name> to an arg of its own"
        if len(reference.path) > 1:
            return "a secret is one text without parts", f"write $$SECRET.{reference.path[0]}"
        return self._unknown(str(reference.path[0]))

    def of_api(self, api: Api) -> Iterator[Problem]:
        """Its headers and the defaults of its args may name secrets; its url may not."""
        for header, text in api.headers.items():
            yield from self._of_header(f"api.{api.id}.headers.{header}", text)
        for arg, declared in api.args.items():
            yield from self._of_default(f"api.{api.id}.args.{arg}.val", declared.val)
        if any(names_of_text(api.url)):
            hint = "a url is shown and logged; send the secret in a header or as an arg"
            yield Problem(f"api.{api.id}.url", "a secret cannot stand in a url", hint)

    def _of_header(self, path: str, text: str) -> Iterator[Problem]:
        try:
            yield from self._missing(path, names_in(parts_of(text)))
        except BadSecret as error:
            yield Problem(path, str(error))

    def _of_default(self, path: str, value: Any) -> Iterator[Problem]:
        try:
            yield from self._missing(path, names_in(sealed_default(value)))
        except BadSecret as error:
            yield Problem(path, str(error))

    def _missing(self, path: str, names: Iterator[str]) -> Iterator[Problem]:
        for name in names:
            if found := self._unknown(name):
                yield Problem(path, f"$$SECRET.{name}: {found[0]}", found[1])

    def _unknown(self, name: str) -> tuple[str, str] | None:
        if self.known is None or name in self.known:
            return None
        hint = f"{did_you_mean(name, self.known)}, or have an admin set it: `python app.py secret set {name}`"
        return f"there is no secret called {name}", hint


def secret_problems(apis: Iterable[Api], steps: Iterable[Step], known: Collection[str] | None) -> Iterator[Problem]:
    """What APIs and steps name, be they of a system yet or not."""
    secrets = Secrets(known)
    for api in apis:
        yield from secrets.of_api(api)
    for step in steps:
        for link in step.checklink:
            yield from _of_link(secrets, link, f"step.{step.id}.checklink.{link.id}.api.val.args")


def _of_link(secrets: Secrets, link: Link, path: str) -> Iterator[Problem]:
    for arg, raw in link.api.val.args.items():
        for where, reading in readings(raw, f"{path}.{arg}"):
            for reference in reading.references:
                if reference.root == ROOT and (found := secrets.of_reference(reference)):
                    yield Problem(where, f"{reference.source}: {found[0]}", found[1])


def is_secret(raw: Any) -> bool:
    """Whether a raw value is a secret as a whole, of a kind that nobody can tell."""
    try:
        return isinstance(raw, str) and whole_secret(raw) is not None
    except BadSecret:
        return False


def names_of_text(text: str) -> tuple[str, ...]:
    """The secrets in a header's text; none where it cannot be read."""
    try:
        return tuple(names_in(parts_of(text)))
    except BadSecret:
        return ()


def names_of_args(args: Any) -> tuple[str, ...]:
    """The secrets that raw args name; none where they cannot be read."""
    try:
        return tuple(str(one.path[0]) for one in references(parse_value(args)) if one.root == ROOT and one.path)
    except (BadValue, ScriptError):
        return ()


def names_of_api(api: Api) -> tuple[str, ...]:
    """The secrets that every call of an API carries, unless its args are given otherwise."""
    texts = [name for text in api.headers.values() for name in names_of_text(text)]
    return (*texts, *names_of_default([declared.val for declared in api.args.values()]))


def names_of_default(value: Any) -> tuple[str, ...]:
    """The secrets in an API's own value of an arg; none where they cannot be read."""
    try:
        return tuple(names_in(sealed_default(value)))
    except BadSecret:
        return ()


def secrets_of(plan: Plan, task: Task) -> frozenset[str]:
    """All that a task may carry to any API: any API may say them back to it."""
    of_task = [
        name
        for info in task.step_info.values()
        for state in info.api_status.values()
        for arg in state.args.values()
        for name in names_of_args(arg)
    ]
    return _secrets_of_apis(plan).union(of_task)


@lru_cache(maxsize=256)
def _secrets_of_apis(plan: Plan) -> frozenset[str]:
    return frozenset(name for api in plan.definition.apis.values() for name in names_of_api(api))
