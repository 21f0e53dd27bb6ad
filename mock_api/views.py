"""The blueprint: the six APIs and the shop, the control page and its JSON, the request log."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import gevent
from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, url_for

from . import faults
from .apis import APIS, BadArgument
from .knobs import MEANINGS, NONE, SHAPES, Knobs
from .shop import ENDPOINTS, KEY, KEY_HEADER, Refused
from .state import Call, Mock

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
SAMPLES = {
    "api1": "name=arg1",
    "api2": "name=arg1",
    "api3": "name=arg1",
    "api4": "age=61",
    "api5": "age=61&name=arg1&sex=male",
    "api6": "name=arg1&isold=true",
}
SHOP = "shop"
"""The name under which the shop's knobs are set and its calls are logged."""
NAMES = (*APIS, SHOP)
EXTENSION = "mock_api"

Answer = Callable[[], dict[str, Any]]

blueprint = Blueprint("mock_api", __name__, template_folder="templates")


def _mock() -> Mock:
    mock: Mock = current_app.extensions[EXTENSION]
    return mock


# ---- the APIs


@blueprint.route(f"/<any({', '.join(APIS)}):api>", methods=METHODS)
def call(api: str) -> Response:
    args, asked = _args()
    return _called(api, args, asked, partial(APIS[api].call, args))


def _visit(endpoint: str, **path: str) -> Response:
    """One of the shop's endpoints; who has no key is told so, and nothing else."""
    args, asked = _args()
    args |= path
    if request.headers.get(KEY_HEADER) != KEY:
        refused = Refused(401, f"the header {KEY_HEADER} must hold the shop's key")
        return _called(SHOP, args, asked, partial(_refuse, refused))
    key = request.headers.get("Idempotency-Key")
    return _called(SHOP, args, asked, partial(ENDPOINTS[endpoint].answer, _mock().shop, args, key))


for _name, _endpoint in ENDPOINTS.items():
    blueprint.add_url_rule(_endpoint.path, f"shop_{_name}", partial(_visit, _name), methods=[_endpoint.method])


def _refuse(refused: Refused) -> dict[str, Any]:
    raise refused


def _called(api: str, args: dict[str, Any], asked: dict[str, Any], answer: Answer) -> Response:
    """Logged, answered as the knobs say, and marked with the nonce of its key."""
    mock = _mock()
    path = f"{request.path}?{request.query_string.decode()}" if request.query_string else request.path
    recorded = mock.record(api, path, request.method, args, list(request.headers))
    knobs = mock.knobs_of(api)
    try:
        response = _answer(mock, recorded, knobs.overlaid(asked) if asked else knobs, answer)
    except BadArgument as error:
        response = _refusal(error)
    except Refused as error:
        response = _json({"error": str(error)}, error.status)
    if recorded.key is not None:
        response.headers["X-Nonce"] = mock.nonce(recorded.key)
    return _followed(recorded, response)


def _args() -> tuple[dict[str, Any], dict[str, Any]]:
    """The query's parameters, and over them the body's, JSON or form; and the knobs among them."""
    given: dict[str, Any] = request.args.to_dict()
    if request.method != "GET":
        body = request.get_json(silent=True) if request.is_json else request.form.to_dict()
        given |= body if isinstance(body, dict) else {}
    asked = {name: given.pop(name) for name in [name for name in given if name.startswith("_")]}
    return given, asked


def _answer(mock: Mock, call: Call, knobs: Knobs, answer: Answer) -> Response:
    if knobs == NONE:
        return _json(answer())
    gevent.sleep(knobs.latency_ms / 1000)
    if mock.rng.random() < knobs.reset:
        return faults.reset()
    response = _body(mock, call, knobs, answer())
    if knobs.retry_after:
        response.headers["Retry-After"] = knobs.retry_after
    if mock.rng.random() < knobs.truncate:
        return faults.truncated(response)
    return faults.dripping(response, knobs.drip_s) if knobs.drip_s else response


def _body(mock: Mock, call: Call, knobs: Knobs, answer: dict[str, Any]) -> Response:
    if mock.rng.random() < knobs.error_chance:
        return _json({"error": f"status {knobs.error_status}, as asked"}, knobs.error_status)
    if not mock.ready(call, knobs.not_ready):
        return _json(dict.fromkeys(answer))
    if knobs.nonce and call.key is not None:
        answer["nonce"] = mock.nonce(call.key)
    return faults.shaped(knobs.shape, answer) if knobs.shape else _json(answer)


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")


def _refusal(error: BadArgument) -> Response:
    return _json({"error": str(error), "arg": error.arg}, 400)


def _followed(call: Call, response: Response) -> Response:
    """Note in the log how it ended; a streamed body ends later, a broken one without a status."""
    if response.is_streamed:
        response.call_on_close(call.ended)
        response.response = _until_done(call, response.status_code, response.response)
    else:
        call.answered(response.status_code)
    return response


def _until_done(call: Call, status: int, pieces: Any) -> Iterator[Any]:
    yield from pieces
    call.answered(status)


# ---- control


@blueprint.get("/")
def page() -> str:
    mock = _mock()
    return render_template(
        "mock_api/control.html",
        apis={api: (SAMPLES.get(api), mock.knobs_of(api)) for api in NAMES},
        shop=ENDPOINTS.values(),
        key=(KEY_HEADER, KEY),
        meanings=MEANINGS,
        shapes=SHAPES,
        none=NONE,
        calls=list(reversed(mock.log()[-20:])),
    )


@blueprint.get("/control")
def knobs() -> Response:
    return jsonify({api: _mock().knobs_of(api) for api in NAMES})


@blueprint.post(f"/control/<any({', '.join(NAMES)}):api>")
def set_knobs(api: str) -> Any:
    """JSON changes the knobs it names; the page's form sets all of them, an empty field to its default."""
    mock = _mock()
    try:
        if not request.is_json:
            mock.set_knobs(api, NONE.overlaid({name: value for name, value in request.form.items() if value}))
            return redirect(url_for(".page"), 303)
        mock.set_knobs(api, mock.knobs_of(api).overlaid(request.get_json()))
    except BadArgument as error:
        return _refusal(error)
    return jsonify(mock.knobs_of(api))


@blueprint.delete("/control")
def reset() -> tuple[str, int]:
    _mock().reset()
    return "", 204


@blueprint.post("/control/reset")
def reset_by_form() -> Any:
    _mock().reset()
    return redirect(url_for(".page"), 303)


# ---- the log


@blueprint.get("/log")
def log() -> Response:
    return jsonify(_mock().log(request.args.get("since", 0, int), request.args.get("api", "")))


@blueprint.delete("/log")
def clear_log() -> tuple[str, int]:
    _mock().clear_log()
    return "", 204
