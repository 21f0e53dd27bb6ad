"""Secrets as the list and their own page show them: everything but the text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.model import Secret
from engine.plan import SecretUse

from .moment import Stamp, stamp

Uses = Mapping[str, tuple[SecretUse, ...]]


@dataclass(frozen=True, slots=True)
class UseLine:
    """An api or a step, and where in it: `headers.Authorization`, `checklink.l1.api.val.args.token`."""

    kind: str
    id: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SecretLine:
    """`revision` 0: it is named by definitions and not set."""

    name: str
    note: str
    changed: Stamp | None
    by: str
    readable: bool
    key: str
    revision: int
    uses: tuple[UseLine, ...]

    @property
    def is_set(self) -> bool:
        return self.revision > 0

    @property
    def reference(self) -> str:
        """As definitions write it."""
        return f"$$SECRET.{self.name}"

    @property
    def places(self) -> int:
        return sum(len(use.places) for use in self.uses)


def secret_lines(
    secrets: Iterable[Secret], uses: Uses, readable: Callable[[Secret], bool], now: datetime
) -> tuple[SecretLine, ...]:
    """What is named and not set comes first: calls that carry it fail."""
    lines = [secret_line(secret, uses, readable(secret), now) for secret in secrets]
    known = {line.name for line in lines}
    return (*(missing_line(name, uses) for name in sorted(uses) if name not in known), *lines)


def secret_line(secret: Secret, uses: Uses, readable: bool, now: datetime) -> SecretLine:
    return SecretLine(
        name=secret.id,
        note=secret.note,
        changed=stamp(secret.changed_at, now),
        by=secret.changed_by,
        readable=readable,
        key=secret.key,
        revision=secret.revision,
        uses=tuple(_use_lines(uses.get(secret.id, ()))),
    )


def missing_line(name: str, uses: Uses) -> SecretLine:
    return SecretLine(name, "", None, "", True, "", 0, tuple(_use_lines(uses.get(name, ()))))


def _use_lines(uses: Iterable[SecretUse]) -> Iterator[UseLine]:
    places: dict[tuple[str, str], list[str]] = {}
    for use in uses:
        places.setdefault((use.kind, use.id), []).append(use.where)
    yield from (UseLine(kind, id_, tuple(where)) for (kind, id_), where in places.items())
