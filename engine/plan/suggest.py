"""What the user probably meant: the hint of every unknown name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

SHOWN = 8


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`did you mean step2?`, or else what there is to choose from."""
    names = sorted(known)
    if close := close_to(name, names):
        return close
    return f"known: {listed(names)}" if names else "there are none yet"


def close_to(name: str, known: Iterable[str]) -> str:
    """`did you mean step2?`, or empty text when nothing is close."""
    close = get_close_matches(name, sorted(known), n=2, cutoff=0.6)
    return f"did you mean {' or '.join(close)}?" if close else ""


def listed(names: Iterable[str]) -> str:
    """`a, b, c`, shortened when there are many."""
    found = list(names)
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + more
