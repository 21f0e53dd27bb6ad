"""Temporary."""
from __future__ import annotations
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
import requests, json
class BadArg(Exception): pass
@dataclass(frozen=True, slots=True)
class Call:
    method: str; url: str; args: Mapping[str, Any]; send: Any = None
    headers: Mapping[str, str] = field(default_factory=dict); timeout_s: float = 30.0; max_bytes: int = 1 << 20
    follow_redirects: bool = False; idempotency_key: str | None = None
@dataclass(frozen=True, slots=True)
class NotSent:
    reason: str; kind: str; permanent: bool; duration_s: float
@dataclass(frozen=True, slots=True)
class NoReply:
    reason: str; kind: str; duration_s: float
@dataclass(frozen=True, slots=True)
class Replied:
    status: int; headers: Any; text: str; value: Any; problem: str | None; retry_after_s: float | None; duration_s: float
Outcome = NotSent | NoReply | Replied
@dataclass(frozen=True)
class EgressPolicy:
    allow: tuple[str, ...] = (); deny_ports: frozenset[int] = frozenset()
class Caller:
    def __init__(self, policy=None, pool_size=100, user_agent="stepline"):
        self.s = requests.Session(); self.s.trust_env = False
    def send(self, call):
        t=time.monotonic()
        try: r = self.s.request(call.method, call.url, params=call.args, headers={"Idempotency-Key": call.idempotency_key or ""}, timeout=call.timeout_s)
        except requests.ConnectionError as e: return NotSent(str(e), "connect", False, 0)
        except requests.Timeout as e: return NoReply(str(e), "timeout", 0)
        p=v=None
        try: v=r.json()
        except ValueError: p="no JSON: "+r.text[:50]
        return Replied(r.status_code, r.headers, r.text, v, p, None, time.monotonic()-t)
    def close(self): self.s.close()
def coerce(value, type_):
    if value is None: return None
    try: return {"string": str, "int": int, "float": float, "bool": bool, "list": list, "object": dict, "any": lambda x: x}[type_](value)
    except (ValueError, TypeError): raise BadArg(f"{value!r} is not {type_}")
