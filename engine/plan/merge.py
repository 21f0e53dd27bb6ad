"""Two edits of one flow made into one: what one of them left as it was is taken from the other. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .flow import StepNode
from .tree import Place, Written, entry_at, insert, join, normal, places, remove, renamed

Standing = dict[str, tuple[Place, StepNode]]
"""Where each step stands; the first place of one that stands twice."""


def merged(before: Written, theirs: Written, mine: Written) -> Written:
    """Mine, with the steps that they added, took out or renamed; what both moved about stays as I have it."""
    if normal(theirs) in (normal(before), normal(mine)):
        return mine
    if normal(mine) == normal(before):
        return theirs
    return _with_names(_with_added(_without_removed(mine, before, theirs), before, theirs), before, theirs)


def _standing(flow: Written) -> Standing:
    return {node.step: (place, node) for place, node in reversed(list(places(flow)))}


def _without_removed(flow: Written, before: Written, theirs: Written) -> Written:
    for step in _standing(before).keys() - _standing(theirs).keys():
        if found := _standing(flow).get(step):
            flow = remove(flow, found[0]).flow
    return flow


def _with_added(flow: Written, before: Written, theirs: Written) -> Written:
    known = _standing(before)
    for place, node in places(theirs):
        if node.step not in known and node.step not in _standing(flow):
            flow = _put(flow, entry_at(theirs, place), place, theirs)
    return flow


def _put(flow: Written, entry: Any, place: Place, theirs: Written) -> Written:
    """Beside the step that it stands beside with them, in a group of the same kind; at the end where that is gone."""
    standing = _standing(flow)
    for by, neighbour in _beside(theirs, place):
        if neighbour in standing:
            there, _node = standing[neighbour]
            if len(there) % 2 == len(place) % 2:
                return insert(flow, entry, (*there[:-1], there[-1] + by)).flow
            added = insert(flow, entry)
            return join(added.flow, added.place, there).flow
    return insert(flow, entry).flow


def _beside(flow: Written, place: Place) -> Iterator[tuple[int, str]]:
    """The steps before and behind it in its list; how far from each it stands."""
    standing = {there: node.step for there, node in places(flow)}
    for at, by in ((place[-1] - 1, 1), (place[-1] + 1, 0)):
        if (neighbour := (*place[:-1], at)) in standing:
            yield by, standing[neighbour]


def _with_names(flow: Written, before: Written, theirs: Written) -> Written:
    was, now = _standing(before), _standing(theirs)
    for step, (place, node) in _standing(flow).items():
        if step in was and step in now and node.name == was[step][1].name != now[step][1].name:
            flow = renamed(flow, place, _own_name(now[step][1]))
    return flow


def _own_name(node: StepNode) -> str:
    return "" if node.name == node.step else node.name
