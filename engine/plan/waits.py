"""Who waits for whom: links for the values they read, and for their turn in the flow.

The graph has a node per link and two per place in the flow (its start, its end), so its size grows with
the flow, not with the pairs in it. A knot is a set of nodes that all wait for one another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from engine.script import Reference

from .flow import Node, Sequence, StepNode
from .plan import LinkAt, Plan
from .setup import Setups


class Gate(NamedTuple):
    """The start or the end of a place in the flow."""

    place: tuple[int, ...]
    end: bool


Waiter = LinkAt | Gate
Graph = dict[Waiter, list[Waiter]]
Knot = frozenset[Waiter]


def producers(plan: Plan, reference: Reference) -> tuple[LinkAt, ...]:
    """The links that must be done before this reference can be read; none if it reads no step's response.

    A key comes from one link; a step that is read as a whole must be done as a whole.
    """
    if reference.root not in plan.definition.steps:
        return ()
    step = plan.step(reference.root)
    if not reference.path:
        return tuple((step.id, link.id) for link in step.checklink)
    key = step.response.get(str(reference.path[0]))
    return ((step.id, key.fromapi),) if key else ()


def value_edges(plan: Plan, setups: Setups) -> Iterator[tuple[LinkAt, LinkAt]]:
    """Each link with each link whose value it reads, where that value can ever come.

    What waits for itself or for a later step has a problem of its own and is left out.
    """
    for at, setup in setups.items():
        for _, reference in setup.references:
            for producer in producers(plan, reference):
                if producer != at and plan.order.relation(producer[0], at[0]) != "after":
                    yield at, producer


def waits_of(plan: Plan, edges: Iterable[tuple[LinkAt, LinkAt]]) -> Graph:
    """For each link and gate, what it waits for."""
    graph: Graph = {}
    pending: list[tuple[Node, tuple[int, ...]]] = [(plan.flow, ())]
    while pending:
        node, place = pending.pop()
        graph.setdefault(Gate(place, False), [])
        if isinstance(node, StepNode):
            _add_step(graph, plan, node, place)
        else:
            _add_group(graph, node.children, place, isinstance(node, Sequence))
            pending.extend((child, (*place, n)) for n, child in enumerate(node.children))
    for waiter, producer in edges:
        graph[waiter].append(producer)
    return graph


def _add_step(graph: Graph, plan: Plan, node: StepNode, place: tuple[int, ...]) -> None:
    links: list[Waiter] = [(node.step, link.id) for link in plan.step(node.step).checklink]
    for link in links:
        graph[link] = [Gate(place, False)]
    graph[Gate(place, True)] = links or [Gate(place, False)]


def _add_group(graph: Graph, children: tuple[Node, ...], place: tuple[int, ...], in_sequence: bool) -> None:
    before = Gate(place, False)
    for n in range(len(children)):
        graph[Gate((*place, n), False)] = [before]
        if in_sequence:
            before = Gate((*place, n), True)
    ends: list[Waiter] = [Gate((*place, n), True) for n in range(len(children))]
    graph[Gate(place, True)] = [before] if in_sequence else ends


def knots(graph: Graph) -> list[Knot]:
    """The sets of two and more that all wait for one another (strongly connected, by Kosaraju's two passes)."""
    waited_by: Graph = {node: [] for node in graph}
    for node, waits in graph.items():
        for other in waits:
            waited_by[other].append(node)
    ended: list[Waiter] = []
    seen: set[Waiter] = set()
    for node in graph:
        ended.extend(_postorder(node, graph.__getitem__, seen))
    placed: set[Waiter] = set()
    groups = [frozenset(_postorder(node, waited_by.__getitem__, placed)) for node in reversed(ended)]
    return [group for group in groups if len(group) > 1]


def _postorder(root: Waiter, next_of: Callable[[Waiter], list[Waiter]], seen: set[Waiter]) -> Iterator[Waiter]:
    """What can be reached from `root` and was not seen, each after all that it leads to."""
    if root in seen:
        return
    seen.add(root)
    stack = [(root, iter(next_of(root)))]
    while stack:
        node, rest = stack[-1]
        unseen = next((other for other in rest if other not in seen), None)
        if unseen is None:
            stack.pop()
            yield node
        else:
            seen.add(unseen)
            stack.append((unseen, iter(next_of(unseen))))


def shortest_cycle(graph: Graph, knot: Knot, start: Waiter) -> tuple[LinkAt, ...]:
    """The links on the shortest way in the knot from `start` back to it; `start` stands first and last."""
    came_from: dict[Waiter, Waiter] = {}
    queue = deque([start])
    while start not in came_from:
        node = queue.popleft()
        for other in graph[node]:
            if other in knot and other not in came_from:
                came_from[other] = node
                queue.append(other)
    way = _way_back(came_from, start)
    return tuple(node for node in way if not isinstance(node, Gate))


def _way_back(came_from: Mapping[Waiter, Waiter], start: Waiter) -> list[Waiter]:
    way = [start, came_from[start]]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return way[::-1]
