"""Edits of a flow as it is written: move, nest, group, take out, insert, remove. Pure; a step keeps every field of its
entry.

A place is the way down through the lists: `(1, 0)` is the first entry of the second. An edit that cannot be made leaves
the flow as it is. What an edit leaves is in normal form: no list is empty, none within another has a single entry, and
a group stands in no group of its own kind, so that the lists alternate and nothing runs otherwise than it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any, TypeAlias

from .flow import StepNode, read_entry

Place: TypeAlias = tuple[int, ...]
Written: TypeAlias = list[Any]
"""The nested list of a system."""


@dataclass(frozen=True, eq=False)
class Leaf:
    """A step where it stands. Two entries that say the same are two."""

    entry: Any


@dataclass(frozen=True, eq=False)
class Group:
    """Entries one after the other, or side by side."""

    parallel: bool
    children: tuple[Branch, ...]


Branch: TypeAlias = "Leaf | Group"


@dataclass(frozen=True)
class Edited:
    """The flow after an edit, and where what was edited stands now."""

    flow: Written
    place: Place


# -- the edits ---------------------------------------------------------------------------------------


def move_up(flow: Written, place: Place) -> Edited:
    """Changes places with the entry before it in its list."""
    return _edit(flow, place, lambda root, one: _swapped(root, place, one, -1))


def move_down(flow: Written, place: Place) -> Edited:
    """Changes places with the entry behind it in its list."""
    return _edit(flow, place, lambda root, one: _swapped(root, place, one, 1))


def nest(flow: Written, place: Place) -> Edited:
    """Joins the entry before it: in a sequence the two run in parallel, in a parallel group one after the other."""
    return join(flow, place, (*place[:-1], place[-1] - 1)) if place and place[-1] else Edited(flow, place)


def join(flow: Written, place: Place, other: Place) -> Edited:
    """Leaves where it is and makes a group with the other entry, or enters it if it is one."""

    def joined(root: Group, one: Branch) -> Group:
        with_whom = _at(root, other)
        if with_whom is None or with_whom is root or _contains(one, with_whom) or _contains(with_whom, one):
            return root
        group = _grown(with_whom, one, not _group_of(root, other).parallel)
        return _replaced(_without(root, one), with_whom, group)

    return _edit(flow, place, joined)


def unnest(flow: Written, place: Place) -> Edited:
    """Leaves its group: the first of it to the place before the group, any other to the one behind it."""

    def taken_out(root: Group, one: Branch) -> Group:
        if len(place) < 2:
            return root
        group = _group_of(root, place)
        at = place[-2] + (1 if place[-1] else 0)
        home = _group_of(root, place[:-1])
        grown = _with(home, (*home.children[:at], one, *home.children[at:]))
        return _replaced(root, home, _replaced(grown, group, _without(group, one)))

    return _edit(flow, place, taken_out)


def group(flow: Written, chosen: Iterable[Place], parallel: bool) -> Edited:
    """Gathers entries in one group, in the order of writing, where the first of them stands."""
    root = _read(flow)
    found = [one for place in _outermost(chosen) if (one := _at(root, place)) is not None and one is not root]
    if len(found) < 2:
        return Edited(flow, ())
    gathered, marker = Group(parallel, tuple(found)), Leaf(None)
    left = _replaced(root, found[0], marker)
    for one in found[1:]:
        left = _without(left, one)
    return _finished(_replaced(left, marker, gathered), gathered)


def ungroup(flow: Written, place: Place) -> Edited:
    """Puts what is in a group where the group stands: side by side, or one after the other, as that list is."""

    def dissolved(root: Group, one: Branch) -> Group:
        return _mapped(root, one, lambda _one: one.children) if isinstance(one, Group) else root

    return _edit(flow, place, dissolved)


def move(flow: Written, place: Place, to: Place) -> Edited:
    """Takes it to another place, which is one before anything moved; never into itself."""

    def moved(root: Group, one: Branch) -> Group:
        home = _at(root, to[:-1])
        if not to or not isinstance(home, Group) or home is one or _contains(one, home):
            return root
        left = tuple(child for child in home.children[: to[-1]] if child is not one)
        right = tuple(child for child in home.children[to[-1] :] if child is not one)
        marker = Leaf(None)
        marked = _replaced(root, home, _with(home, (*left, marker, *right)))
        return _replaced(_without(marked, one), marker, one)

    return _edit(flow, place, moved)


def insert(flow: Written, entry: Any, place: Place = ()) -> Edited:
    """Puts a step at a place; where there is no such list, at the end of the flow."""
    root, leaf = _read(flow), Leaf(entry)
    home = _at(root, place[:-1]) if place else None
    at = place[-1] if isinstance(home, Group) else len(root.children)
    home = home if isinstance(home, Group) else root
    grown = _with(home, (*home.children[:at], leaf, *home.children[at:]))
    return _finished(_replaced(root, home, grown), leaf)


def remove(flow: Written, place: Place) -> Edited:
    """Takes out a step, or a group with all that is in it; the place is that of what stands there now."""
    root = _read(flow)
    one = _at(root, place)
    if one is None or one is root:
        return Edited(flow, place)
    written = _write(_normal_root(_without(root, one)))
    return Edited(written, place if entry_at(written, place) is not None else ())


def normal(flow: Written) -> Written:
    """The flow in normal form: it runs as before."""
    return _write(_normal_root(_read(flow)))


def renamed(flow: Written, place: Place, name: str) -> Written:
    """The step there is called otherwise in this system; an empty name is none."""
    root = _read(flow)
    one = _at(root, place)
    if not isinstance(one, Leaf):
        return flow
    entry = dict(one.entry) if isinstance(one.entry, dict) else {"_id": one.entry}
    entry.pop("name", None)
    return _write(_replaced(root, one, Leaf(entry | ({"name": name} if name else {}))))


def entry_at(flow: Written, place: Place) -> Any:
    """What stands there, a step or a list; None where nothing does."""
    found: Any = flow
    for number in place:
        if not isinstance(found, list) or not 0 <= number < len(found):
            return None
        found = found[number]
    return found


def places(flow: Written) -> Iterator[tuple[Place, StepNode]]:
    """Every step that can be read, with where it stands, in the order of writing."""
    pending: list[tuple[Place, Any]] = [((), flow)]
    while pending:
        place, entry = pending.pop()
        if isinstance(entry, list):
            pending.extend(((*place, n), child) for n, child in reversed(list(enumerate(entry))))
        elif (step := read_entry(entry)) is not None:
            yield place, step


# -- how -------------------------------------------------------------------------------------------


def _edit(flow: Written, place: Place, change: Callable[[Group, Branch], Group]) -> Edited:
    root = _read(flow)
    one = _at(root, place)
    if one is None or one is root:
        return Edited(flow, place)
    changed = change(root, one)
    return Edited(flow, place) if changed is root else _finished(changed, one)


def _finished(root: Group, one: Branch) -> Edited:
    shaped = _normal_root(root)
    return Edited(_write(shaped), _place_now(shaped, one))


def _swapped(root: Group, place: Place, one: Branch, by: int) -> Group:
    home, at = _group_of(root, place), place[-1] + by
    if not 0 <= at < len(home.children):
        return root
    rest = [child for child in home.children if child is not one]
    rest.insert(at, one)
    return _replaced(root, home, _with(home, rest))


def _grown(branch: Branch, one: Branch, parallel: bool) -> Group:
    """The branch with one more in it: itself if it is a group of that kind."""
    if isinstance(branch, Group) and branch.parallel == parallel:
        return _with(branch, (*branch.children, one))
    return Group(parallel, (branch, one))


def _read(flow: Any, parallel: bool = False) -> Group:
    children = (_read(entry, not parallel) if isinstance(entry, list) else Leaf(entry) for entry in flow)
    return Group(parallel, tuple(children))


def _write(group: Group) -> Written:
    return [child.entry if isinstance(child, Leaf) else _write(child) for child in group.children]


def _normal_root(root: Group) -> Group:
    shaped = _normal(root)
    if shaped is None:
        return Group(False, ())
    return shaped if isinstance(shaped, Group) and not shaped.parallel else Group(False, (shaped,))


def _normal(branch: Branch) -> Branch | None:
    if isinstance(branch, Leaf):
        return branch
    children: list[Branch] = []
    for child in map(_normal, branch.children):
        same_kind = isinstance(child, Group) and child.parallel == branch.parallel
        children.extend(child.children if same_kind else () if child is None else (child,))  # type: ignore[union-attr]
    return (children[0] if children else None) if len(children) < 2 else Group(branch.parallel, tuple(children))


def _at(root: Branch, place: Place) -> Branch | None:
    found = root
    for number in place:
        if isinstance(found, Leaf) or not 0 <= number < len(found.children):
            return None
        found = found.children[number]
    return found


def _group_of(root: Group, place: Place) -> Group:
    found = _at(root, place[:-1])
    assert isinstance(found, Group)  # noqa: S101  whoever asks has found what stands in it
    return found


def _replaced(root: Group, old: Branch, new: Branch) -> Group:
    """What holds nothing of the old one stays the same object: it is found again."""
    if root is old:
        return new if isinstance(new, Group) else _with(root, (new,))
    return _mapped(root, old, lambda _old: (new,))


def _without(root: Group, one: Branch) -> Group:
    return _mapped(root, one, lambda _one: ())


def _mapped(root: Group, one: Branch, change: Callable[[Branch], tuple[Branch, ...]]) -> Group:
    if not _contains(root, one):
        return root
    children: list[Branch] = []
    for child in root.children:
        inner = _mapped(child, one, change) if isinstance(child, Group) and child is not one else child
        children.extend(change(child) if child is one else (inner,))
    return _with(root, children)


def _with(group: Group, children: Iterable[Branch]) -> Group:
    return replace(group, children=tuple(children))


def _contains(root: Branch, one: Branch) -> bool:
    return root is one or (isinstance(root, Group) and any(_contains(child, one) for child in root.children))


def _outermost(chosen: Iterable[Place]) -> list[Place]:
    """In the order of writing, without those that stand in another of them."""
    found: list[Place] = []
    for place in sorted(set(chosen)):
        if not found or place[: len(found[-1])] != found[-1]:
            found.append(place)
    return found


def _place_now(root: Group, one: Branch) -> Place:
    """Of a group that has become part of another, or none: of the first step that was in it."""
    leaves = list(_leaves(one))
    if not leaves:
        return ()
    first, last = _place_of(root, leaves[0]), _place_of(root, leaves[-1])
    shared = tuple(a for a, b in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
    around = _at(root, shared)
    return shared if shared and around is not None and len(list(_leaves(around))) == len(leaves) else first


def _leaves(branch: Branch) -> Iterator[Leaf]:
    if isinstance(branch, Leaf):
        yield branch
    else:
        for child in branch.children:
            yield from _leaves(child)


def _place_of(root: Group, one: Branch) -> Place:
    for n, child in enumerate(root.children):
        if child is one:
            return (n,)
        if isinstance(child, Group) and (rest := _place_of(child, one)):
            return (n, *rest)
    return ()
