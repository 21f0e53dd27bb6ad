"""The flow, walked: a sequence is a loop, a parallel group a greenlet per branch, a step a greenlet per link.

What has passed returns at once, so going on after a crash is the same walk.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from engine.model import LINK_PASSED, STEP_PASSED, LinkStatus, StepStatus
from engine.plan import Node, Parallel, Sequence, StepNode

from .held import Held
from .link import run_link
from .place import Tools
from .progress import step_failed, step_passed, step_started


def walk(held: Held, tools: Tools, node: Node) -> None:
    """Returns when the node has passed; raises `SetDown` when the task is to be set down first."""
    _WALKS[type(node)](held, tools, node)


def _walk_sequence(held: Held, tools: Tools, node: Sequence) -> None:
    for child in node.children:
        walk(held, tools, child)


def _walk_parallel(held: Held, tools: Tools, node: Parallel) -> None:
    held.side_by_side([partial(walk, held, tools, child) for child in node.children])


def _walk_step(held: Held, tools: Tools, node: StepNode) -> None:
    info = held.step(node.step)
    if info.status in STEP_PASSED:
        return
    if info.status == StepStatus.FAILED:  # another of the task's failures was mended, this one was not
        held.stop("failed")
    held.check()
    step_started(held, node.step)
    open_links = [link for link, state in info.api_status.items() if state.status not in LINK_PASSED]
    held.side_by_side([partial(_run_link, held, tools, node.step, link) for link in open_links])
    step_passed(held, node.step)  # a step without links, or one whose links were all skipped
    held.announce(node.step)


def _run_link(held: Held, tools: Tools, step: str, link: str) -> None:
    run_link(held, tools, step, link)
    if held.link(step, link).status == LinkStatus.FAILED:
        step_failed(held, step)
        held.commit()
        held.stop("failed")
        held.check()


_WALKS: dict[type[Node], Callable[[Held, Tools, Any], None]] = {
    Sequence: _walk_sequence,
    Parallel: _walk_parallel,
    StepNode: _walk_step,
}
