"""Small systems for tests: a step per line, each with one link of its own name on the mock's api1 unless said."""

from typing import Any


def an_api(url: str, id_: str = "api1", **fields: Any) -> dict[str, Any]:
    """One of the mock's APIs, by its name."""
    path = fields.pop("path", id_)
    args = {name: {"type": "any", "val": None} for name in fields.pop("args", ["name"])}
    return {"_id": id_, "method": "GET", "url": f"{url}/{path}", "args": args, "interval": 5} | fields


def a_link(id_: str = "l", api: str = "api1", condition: str = "", **use: Any) -> dict[str, Any]:
    kind = use.pop("kind", "API")
    return {"_id": id_, "condition": {"val": condition}, "api": {"op": kind, "val": {"_id": api} | use}}


def runs(id_: str, system: str, condition: str = "", **args: Any) -> dict[str, Any]:
    """A link that runs another system."""
    return a_link(id_, system, condition, kind="SYSTEM", args=args)


def asks(id_: str = "l", condition: str = "", **use: Any) -> dict[str, Any]:
    """A link that asks a person."""
    return {"_id": id_, "condition": {"val": condition}, "api": {"op": "MANUAL", "val": {"prompt": "Go on?"} | use}}


def a_step(id_: str, *links: dict[str, Any], **fields: Any) -> dict[str, Any]:
    response = {
        key: {"fromapi": source.split(" ")[0], "key": source.split(" ")[1]}
        for key, source in fields.pop("response", {}).items()
    }
    return {"_id": id_, "checklink": list(links), "response": response, "expect_span": {"day": 1}} | fields


def documents(apis: list[Any], steps: list[Any], flow: list[Any] | None = None, **system: Any) -> dict[str, Any]:
    entries = [{"_id": step["_id"]} for step in steps] if flow is None else flow
    return {"api": apis, "step": steps, "system": [{"_id": "s", "step": entries} | system]}
