"""The call that a link makes: its args resolved, coerced, and put into the api's form."""

from __future__ import annotations

from typing import Any

from engine.call import BadArg, Call, coerce
from engine.model import idempotency_key
from engine.script import parse_value, resolve

from .place import Place, Unworkable


def make_call(place: Place, number: int, loop: dict[str, Any] | None) -> Call:
    """Raises what says why an arg has no usable value: `UnresolvedValue`, `ScriptError`, `BadArg`, `Unworkable`."""
    api = place.api
    return Call(
        method=api.method,
        url=api.url,
        args=resolved_args(place, loop),
        send=api.send,
        headers=api.headers,
        timeout_s=api.timeout_s,
        follow_redirects=api.follow_redirects,
        idempotency_key=idempotency_key(place.held.task.id, place.step, place.link, number, place.state.passed),
        repeatable=api.repeatable,
    )


def resolved_args(place: Place, loop: dict[str, Any] | None) -> dict[str, Any]:
    """The args of a link of any kind, by name. Raises what `make_call` raises."""
    bound = place.state.args
    scope, evaluate = place.scope(loop), place.run_script
    values = {name: resolve(parse_value(raw), scope, evaluate) for name, raw in bound.items()}
    values |= {name: _default(place, name) for name in place.declared if name not in bound}
    return {name: _coerced(place, name, value) for name, value in values.items()}


def _default(place: Place, name: str) -> Any:
    value = place.declared[name].val
    if value is None:
        raise Unworkable(f"arg {name} has no value: bind it, or give {place.definition.api.val.id} a default")
    return value


def _coerced(place: Place, name: str, value: Any) -> Any:
    declared = place.declared.get(name)
    try:
        return coerce(value, declared.type if declared else "any")
    except BadArg as error:
        raise BadArg(f"arg {name} = {place.state.args.get(name)!r}: {error}") from None
