"""What a link calls, runs or asks, in a line: an API, another system, or a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from engine.call import without_credentials
from engine.model import Api, Link, ManualUse, Role, StepType, System

from .people import role_word


@dataclass(frozen=True, slots=True)
class Callee:
    """`id`: of the API or system; empty for a question. `word` and `text`: `GET` and an address, `asks …` and a prompt.

    `known`: whether there is such an API or system.
    """

    kind: str
    id: str
    word: str
    text: str
    known: bool = True


def callee(link: Link, apis: Mapping[str, Api], systems: Mapping[str, System]) -> Callee:
    return _CALLEES[link.api.op](link, apis, systems)


def asked_text(question: ManualUse) -> str:
    """Who may answer."""
    return ", ".join(question.who) if question.who else _asked_role(question.role)


def _asked_role(role: Role) -> str:
    return _("any %(role)s", role=role_word(role))


def _api(link: Link, apis: Mapping[str, Api], _systems: Mapping[str, System]) -> Callee:
    api = apis.get(link.api.val.id)
    if api is None:
        return Callee("api", link.api.val.id, "", "", known=False)
    return Callee("api", api.id, api.method, without_credentials(api.url))


def _system(link: Link, _apis: Mapping[str, Api], systems: Mapping[str, System]) -> Callee:
    system = systems.get(link.api.val.id)
    if system is None:
        return Callee("system", link.api.val.id, "", "", known=False)
    return Callee("system", system.id, _("runs"), system.name or system.id)


def _person(link: Link, _apis: Mapping[str, Api], _systems: Mapping[str, System]) -> Callee:
    question = link.question
    assert question is not None  # noqa: S101  the model reads no other use for this kind
    return Callee("person", "", _("asks %(whom)s", whom=asked_text(question)), question.prompt)


_CALLEES: dict[StepType, Callable[[Link, Mapping[str, Api], Mapping[str, System]], Callee]] = {
    StepType.API: _api,
    StepType.LOOP: _api,
    StepType.SYSTEM: _system,
    StepType.MANUAL: _person,
}
