"""Who is asked in a rehearsal: APIs and links, also those of the systems that its links run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.model import Api, Rehearsal, Scripted
from engine.plan import LinkAt, Plan

Script = Sequence[Scripted]


def script_of(answers: Mapping[str, Script], plan: Plan, at: LinkAt) -> Script:
    """What is said of the link itself, else of its API."""
    own = answers.get("/".join(at))
    return own if own is not None else answers.get(plan.link(*at).api_id or "", ())


def inner(rehearsal: Rehearsal, plan: Plan, at: LinkAt) -> Rehearsal:
    """What is said of the system that a link runs: of its APIs, and of `<step>/<link>/` and a link of its own."""
    prefix, apis = f"{'/'.join(at)}/", apis_of(plan.child_of(*at))
    named = {name: script for name, script in rehearsal.answers.items() if name in apis}
    placed = {name: script for name, script in rehearsal.answers.items() if name.startswith(prefix)}
    return Rehearsal(answers=named | {name.removeprefix(prefix): script for name, script in placed.items()})


def apis_of(plan: Plan) -> dict[str, Api]:
    """All that is called, by id."""
    found = dict(plan.definition.apis)
    for child in plan.children.values():
        found |= apis_of(child.plan)
    return found


def links_of(plan: Plan) -> Iterator[tuple[str, Plan, LinkAt]]:
    """Every link by its name, `step/link` or `step/link/step/link`; the plan that it stands in, and where."""
    for at, link in plan.links.items():
        name = "/".join(at)
        yield name, plan, at
        if link.system_id:
            yield from ((f"{name}/{below}", inside, there) for below, inside, there in links_of(plan.child_of(*at)))
