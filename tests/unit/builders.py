"""Short ways to make documents: each test's arrangement is a line or two."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.model import Api, Definition, LinkState, Step, StepInfo, System, Task
from engine.plan import Plan, build_plan, gather

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SEED = Path(__file__).resolve().parents[2] / "mock_api" / "documents.json"


def an_api(id_: str, result: Any = None, **args: Any) -> Api:
    """`age="int"` declares an arg of that type; `age=("int", 3)` gives it a default too."""
    declared = {name: _arg(kind) for name, kind in args.items()}
    return Api.load({"_id": id_, "url": f"http://127.0.0.1:9999/{id_}", "args": declared, "result": result})


def a_link(id_: str, api: str | None = None, condition: str = "", op: str = "API", **use: Any) -> dict[str, Any]:
    """A link that calls the api of its own id unless another is named; `use` goes to `api.val`."""
    return {"_id": id_, "condition": {"val": condition}, "api": {"op": op, "val": {"_id": api or id_, **use}}}


def a_step(id_: str, *links: str | dict[str, Any], day: float = 1, **response: str) -> Step:
    """`age="api2"` publishes `result.age` of the link api2; `age="api2:result.x"` reads another path."""
    keys = {key: _response_key(key, source) for key, source in response.items()}
    checklink = [a_link(link) if isinstance(link, str) else link for link in links]
    return Step.load({"_id": id_, "expect_span": {"day": day}, "checklink": checklink, "response": keys})


def a_system(*flow: Any, **def_args: Any) -> System:
    """`a_system("s1", ["s2", "s3"])`: steps by their ids."""
    return System.load({"_id": "sys", "step": list(flow), "def_args": def_args})


def a_definition(system: System, steps: list[Step], apis: list[Api]) -> Definition:
    """As it is, unchecked."""
    return Definition(system=system, steps={s.id: s for s in steps}, apis={a.id: a for a in apis})


def a_plan(system: System, steps: list[Step], apis: list[Api] | None = None) -> Plan:
    """Apis that are not given are made, without args."""
    known = {api.id: api for api in apis or []}
    for step in steps:
        for link in step.checklink:
            if link.api_id:
                known.setdefault(link.api_id, an_api(link.api_id))
    return build_plan(gather(system, {step.id: step for step in steps}, known))


def a_task(plan: Plan, bindings: Mapping[str, Any] | None = None, **fields: Any) -> Task:
    """A READY task as the plan demands it, unproven. `{"s1/api1": {...}}` gives a link its fields."""
    infos: dict[str, StepInfo] = {}
    for step in plan.steps:
        states = {}
        for link in plan.step(step).checklink:
            said = (bindings or {}).get(f"{step}/{link.id}", {})
            states[link.id] = LinkState.model_validate({"_id": link.id, **said})
        infos[step] = StepInfo(expect_span=plan.step(step).expect_span, api_status=states)
    return Task.model_validate({"_id": "t1", "system": plan.system.id, "step_info": infos, **fields})


def seed() -> dict[str, Any]:
    """The user's own documents, as JSON."""
    return json.loads(SEED.read_text(encoding="utf-8"))


def seed_plan() -> Plan:
    raw = seed()
    steps = {step["_id"]: Step.load(step) for step in raw["step"]}
    apis = {api["_id"]: Api.load(api) for api in raw["api"]}
    return build_plan(gather(System.load(raw["system"][0]), steps, apis))


def seed_task(**args: Any) -> Task:
    """The user's task1, with these args."""
    return Task.load({**seed()["task"][0], "args": args})


def _arg(kind: Any) -> dict[str, Any]:
    name, default = kind if isinstance(kind, tuple) else (kind, None)
    return {"type": name, "val": default}


def _response_key(key: str, source: str) -> dict[str, str]:
    link, _, path = source.partition(":")
    return {"fromapi": link, "key": path or f"result.{key}"}
