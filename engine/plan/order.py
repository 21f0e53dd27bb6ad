"""Which step comes before which: answered from each step's place in the tree, never from a set of pairs.

A place is the way from the root to the step. Where two ways part in a sequence, the steps follow one
another; where they part in a parallel group, they run side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from .flow import Node, Sequence, StepNode

Relation = Literal["same", "before", "after", "beside"]
Place = tuple[tuple[bool, int], ...]
"""For each level: whether it is a sequence, and which child of it."""


class Order:
    """The order that a flow without repeated steps imposes."""

    def __init__(self, flow: Node) -> None:
        self._places = dict(_places(flow))

    def relation(self, one: str, other: str) -> Relation:
        """How `one` stands to `other`: `before` = it surely ends before the other starts. Raises KeyError."""
        if one == other:
            return "same"
        for (in_sequence, here), (_, there) in zip(self._places[one], self._places[other], strict=False):
            if here != there:
                return ("before" if here < there else "after") if in_sequence else "beside"
        raise AssertionError("two steps stand at one place")

    def related(self, step: str, relation: Relation) -> frozenset[str]:
        """The steps that stand so to `step`."""
        return frozenset(other for other in self._places if self.relation(other, step) == relation)


def _places(flow: Node) -> Iterator[tuple[str, Place]]:
    pending: list[tuple[Node, Place]] = [(flow, ())]
    while pending:
        node, place = pending.pop()
        if isinstance(node, StepNode):
            yield node.step, place
            continue
        in_sequence = isinstance(node, Sequence)
        pending.extend((child, (*place, (in_sequence, n))) for n, child in enumerate(node.children))
