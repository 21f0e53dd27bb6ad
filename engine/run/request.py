"""The call that a link makes: its args resolved, secrets put in, coerced, and put into the api's form."""

from __future__ import annotations

from typing import Any

from engine.call import NO_MASK, BadArg, Call, Mask, coerce
from engine.model import idempotency_key
from engine.script import BadSecret, names_in, opened, opened_text, parse_value, resolve, sealed_default

from .place import Place, Unworkable


def make_call(place: Place, number: int, loop: dict[str, Any] | None) -> Call:
    """Raises what says why an arg or header has no usable value: `UnresolvedValue`, `ScriptError`, `BadArg`,
    `BadSecret`, `SecretError`, `Unworkable`."""
    api, mask = place.api, place.mask()
    return Call(
        method=api.method,
        url=api.url,
        args=_args(place, loop, mask),
        send=api.send,
        headers={name: opened_text(text, place.tools.secret) for name, text in api.headers.items()},
        timeout_s=api.timeout_s,
        follow_redirects=api.follow_redirects,
        idempotency_key=idempotency_key(place.held.task.id, place.step, place.link, number, place.state.passed),
        repeatable=api.repeatable,
        mask=mask,
    )


def _args(place: Place, loop: dict[str, Any] | None, mask: Mask) -> dict[str, Any]:
    bound = place.state.args
    scope, evaluate = place.scope(loop), place.run_script
    values = {name: resolve(parse_value(raw), scope, evaluate) for name, raw in bound.items()}
    values |= {name: _default(place, name) for name in place.api.args if name not in bound}
    secret = place.tools.secret
    return {name: _coerced(place, name, opened(value, secret), mask) for name, value in values.items()}


def plain_args(place: Place) -> dict[str, Any]:
    """The bound args of a link that calls no API, by name. They are kept and shown: no secret may be among them."""
    scope = place.scope(None)
    values = {name: resolve(parse_value(raw), scope, place.run_script) for name, raw in place.state.args.items()}
    if secret := [name for name, value in values.items() if any(names_in(value))]:
        raise Unworkable(f"arg {', '.join(secret)}: it is kept and shown, so that no secret may be in it")
    return {name: _coerced(place, name, value, NO_MASK) for name, value in values.items()}


def _default(place: Place, name: str) -> Any:
    value = place.declared[name].val
    if value is None:
        raise Unworkable(f"arg {name} has no value: bind it, or give the api {place.api.id} a default")
    try:
        return sealed_default(value)
    except BadSecret as error:
        raise Unworkable(f"arg {name}: {error}") from None


def _coerced(place: Place, name: str, value: Any, mask: Mask) -> Any:
    declared = place.declared.get(name)
    kind = declared.type if declared else "any"
    try:
        return coerce(value, kind)
    except BadArg as error:
        reason = f"what it holds, a secret among it, is no {kind}" if mask.value(value) != value else str(error)
        raise BadArg(f"arg {name} = {place.state.args.get(name)!r}: {reason}") from None
