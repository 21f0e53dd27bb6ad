"""Drift: how the real answers of an API differ from its sample of late, what reads that, whom it concerns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.model import Api, Shape, Sighting, Step, System, sample_shape
from engine.plan import AnswerRead, Deviation, answer_reads, deviations, reads_of, steps_of
from engine.store import Active, Count, Store


@dataclass(frozen=True, slots=True)
class Drifted:
    """One deviation from the sample, over all answers of late.

    `always`: since it came, no answer was without it. `attempt` brought the example.
    """

    deviation: Deviation
    first_at: datetime
    last_at: datetime
    always: bool
    attempt: str
    reads: tuple[AnswerRead, ...]

    @property
    def breaks(self) -> bool:
        """Whether a script counts on what is not so any more."""
        return bool(self.reads) and self.deviation.change != "appeared"


@dataclass(frozen=True, slots=True)
class ApiDrift:
    api: str
    drifted: tuple[Drifted, ...]
    """Those that break something first."""
    systems: tuple[str, ...]
    """Those whose steps read what has vanished or changed."""
    tasks: Count
    """Of these systems, those that run or wait."""
    example: Sighting
    """The newest answer."""

    @property
    def breaks(self) -> bool:
        return any(one.breaks for one in self.drifted)


@dataclass(frozen=True)
class Catalogued:
    """The definitions that drift is judged by."""

    apis: Mapping[str, Api]
    steps: Mapping[str, Step]
    systems: Mapping[str, System]


def drifts(store: Store) -> dict[str, ApiDrift]:
    """Api → its drift, of those that have some."""
    sightings, known = store.shapes.all(), store.definitions
    if not sightings:
        return {}
    catalogued = Catalogued(known.apis(), known.steps(), known.systems())
    return drifts_in(catalogued, sightings, store.glance.active_by_system())


def drifts_in(known: Catalogued, sightings: Iterable[Sighting], active: Active) -> dict[str, ApiDrift]:
    by_api: dict[str, list[Sighting]] = defaultdict(list)
    for one in sightings:
        by_api[one.api].append(one)
    found = {id_: drift_of(known.apis[id_], known, many, active) for id_, many in by_api.items() if id_ in known.apis}
    return {id_: one for id_, one in found.items() if one}


def drift_of(api: Api, known: Catalogued, sightings: Iterable[Sighting], active: Active) -> ApiDrift | None:
    """None when the answers look like the sample, or when there is none."""
    sightings = sorted(sightings, key=lambda one: one.last_at, reverse=True)
    if api.sample is None or not sightings:
        return None
    reads = answer_reads(api.id, known.steps.values())
    drifted = sorted(_drifted(sample_shape(api.sample), sightings, reads), key=lambda one: not one.breaks)
    if not drifted:
        return None
    broken = {read.step for one in drifted if one.breaks for read in one.reads}
    systems = tuple(id_ for id_, system in known.systems.items() if broken.intersection(steps_of(system.step)))
    return ApiDrift(api.id, tuple(drifted), systems, active.of(*systems), sightings[0])


def _drifted(sample: Shape, sightings: list[Sighting], reads: tuple[AnswerRead, ...]) -> Iterator[Drifted]:
    """`sightings` come newest first."""
    seen: dict[Deviation, list[Sighting]] = defaultdict(list)
    for one in sightings:
        for deviation in deviations(sample, one.shape):
            seen[deviation].append(one)
    for deviation, many in seen.items():
        first_at = min(one.first_at for one in many)
        always = all(one in many for one in sightings if one.last_at > first_at)
        yield Drifted(deviation, first_at, many[0].last_at, always, many[0].attempt, reads_of(deviation, reads))


# -- lines for a terminal ----------------------------------------------------------------------------

_CHANGES = {"appeared": "is new", "vanished": "is missing", "changed": "is of another kind"}


def drift_lines(found: Mapping[str, ApiDrift]) -> list[str]:
    """A heading for each api, and a line for each deviation."""
    return [line for drift in found.values() for line in _lines(drift)]


def _lines(drift: ApiDrift) -> Iterator[str]:
    tasks = f"{drift.tasks.number}{'' if drift.tasks.exact else '+'}"
    concerns = (
        f"concerns {tasks} running tasks of {', '.join(drift.systems)}" if drift.systems else "no system reads it"
    )
    yield f"{drift.api}: {concerns}"
    for one in drift.drifted:
        readers = ", ".join(f"{read.step}/{read.link} {read.what}" for read in one.reads)
        line = f"  {path_text(one.deviation.path)} {_change_text(one.deviation)} ({_when(one)})"
        yield f"{line}; read by {readers}" if readers else line


def _when(one: Drifted) -> str:
    word, at = ("since", one.first_at) if one.always else ("at times, last", one.last_at)
    return f"{word} {at:%Y-%m-%d %H:%M} UTC"


def _change_text(deviation: Deviation) -> str:
    text = _CHANGES[deviation.change]
    if deviation.change != "changed":
        return text
    return f"{text}: {' or '.join(deviation.found)}, not {' or '.join(deviation.expected)}"


def path_text(path: str) -> str:
    """As scripts read it."""
    return f"result{path}"
