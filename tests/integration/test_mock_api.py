"""The mock: six APIs that answer as the seed expects, and faults that reach a real client over a real socket."""

import json
import random
import socket
import zlib
from itertools import pairwise

import pytest
import requests

from mock_api import SAMPLE, PortInUse, serve
from mock_api.shop import KEY, KEY_HEADER

GET = "api1?name=arg1"


@pytest.fixture
def server():
    with serve(port=0) as running:
        yield running


@pytest.fixture
def http():
    with requests.Session() as session:
        yield session


@pytest.fixture
def get(server, http):
    return lambda path, **options: http.get(f"{server.url}/{path}", timeout=30, **options)


# ---- the six APIs


def test_the_sample_is_the_seed_and_loads():
    documents = json.loads(SAMPLE.read_text())
    assert [len(documents[kind]) for kind in ("api", "step", "system", "task")] == [6, 4, 1, 1]


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("api1?name=****", {"name": "****"}),
        ("api4?age=60", {"isold": True}),
        ("api4?age=59", {"isold": False}),
        ("api6?name=Ann&isold=True", {"msg": "Ann is old"}),
        ("api6?name=Ann&isold=false", {"msg": "Ann is not old yet"}),
    ],
)
def test_answers(get, path, answer):
    assert get(path).json() == answer


def test_drawn_answers_are_in_range_and_depend_on_the_arguments_alone(get):
    names = [f"n{number}" for number in range(40)]
    ages = [get(f"api2?name={name}").json()["age"] for name in names]
    sexes = [get(f"api3?name={name}").json()["sex"] for name in names]
    grades = [get(f"api5?age=30&sex=male&name={name}").json()["grade"] for name in names]
    assert all(1 <= age <= 99 for age in ages)
    assert set(sexes) == {"male", "female"}
    assert set(grades) == set("ABCD")
    assert ages == [get(f"api2?name={name}").json()["age"] for name in names]


@pytest.mark.parametrize(
    ("path", "arg"),
    [
        ("api1", "name"),
        ("api2?name=", "name"),
        ("api4?age=old", "age"),
        ("api5?age=3&name=x", "sex"),
        ("api5?age=3&name=x&sex=robot", "sex"),
        ("api6?name=x&isold=perhaps", "isold"),
        (f"{GET}&_latency=3", "_latency"),
        (f"{GET}&_error_rate=2", "_error_rate"),
        (f"{GET}&_shape=round", "_shape"),
    ],
)
def test_a_bad_argument_is_named(get, path, arg):
    answer = get(path)
    assert answer.status_code == 400
    assert answer.json()["arg"] == arg
    assert answer.json()["error"].startswith(arg)


def test_bodies_may_be_json_or_a_form(server, http):
    typed = http.post(f"{server.url}/api6", json={"name": "Ann", "isold": True}, timeout=30)
    form = http.post(f"{server.url}/api6", data={"name": "Ann", "isold": "true"}, timeout=30)
    assert typed.json() == form.json() == {"msg": "Ann is old"}


# ---- knobs


def test_a_status_and_when_to_come_back(get):
    answer = get(f"{GET}&_status=503&_retry_after=7")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")


def test_the_error_rate_is_drawn_from_the_seed(http):
    with serve(port=0, rng=random.Random(4)) as server:
        codes = [http.get(f"{server.url}/{GET}&_error_rate=0.5", timeout=30).status_code for _ in range(40)]
    with serve(port=0, rng=random.Random(4)) as server:
        again = [http.get(f"{server.url}/{GET}&_error_rate=0.5", timeout=30).status_code for _ in range(40)]
    assert set(codes) == {200, 500}
    assert codes == again


def test_not_ready_counts_per_key_and_without_one_per_arguments(get):
    def name(path, key=None):
        return get(path, headers={"Idempotency-Key": key} if key else {}).json()["name"]

    keyed = f"{GET}&_not_ready=2"
    assert [name(keyed, "a"), name(keyed, "a"), name(keyed, "b"), name(keyed, "a")] == [None, None, None, "arg1"]
    plain = "api1?name=x&_not_ready=1"
    assert [name(plain), name("api1?name=y&_not_ready=1"), name(plain)] == [None, None, "x"]


@pytest.mark.parametrize(("shape", "body"), [("wrong", [{"unexpected": True}]), ("huge", {"name": "arg1"})])
def test_shapes_that_parse(get, shape, body):
    assert get(f"{GET}&_shape={shape}").json() == body


@pytest.mark.parametrize("shape", ["text", "empty"])
def test_shapes_that_are_no_json(get, shape):
    with pytest.raises(ValueError, match=r"Expecting value|char"):
        get(f"{GET}&_shape={shape}").json()


def test_deep_nesting_is_deeper_than_any_parser_goes(get):
    with pytest.raises(RecursionError):
        get(f"{GET}&_shape=deep").json()


def test_a_gzip_bomb_is_small_on_the_wire(get):
    with get(f"{GET}&_shape=gzip_bomb", stream=True) as answer:
        packed = answer.raw.read(decode_content=False)
    one_member = zlib.decompressobj(wbits=31).decompress(packed)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(packed) < 1_000_000 <= len(one_member)


def test_a_reset_reaches_the_client_without_a_byte(server, get):
    with pytest.raises(requests.ConnectionError, match="reset"):
        get(f"{GET}&_reset=1")
    (call,) = server.mock.log()
    assert call["status"] is None


def test_a_truncated_body_is_shorter_than_announced(get):
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        get(f"{GET}&_truncate=1")


def test_a_dripping_body_arrives_whole(server, get):
    assert get(f"{GET}&_drip_s=0.05").json() == {"name": "arg1"}


def test_latency_is_in_the_log(server, get):
    get(f"{GET}&_latency_ms=30")
    assert server.mock.log()[0]["duration_ms"] >= 30


# ---- Idempotency-Key and nonce


def test_a_key_has_one_nonce(get):
    def nonce(key):
        answer = get(f"{GET}&_nonce=1", headers={"Idempotency-Key": key})
        assert answer.json() == {"name": "arg1", "nonce": answer.headers["X-Nonce"]}
        return answer.headers["X-Nonce"]

    first = nonce("t/s/l/0")
    assert nonce("t/s/l/0") == first
    assert nonce("t/s/l/1") != first
    assert "X-Nonce" not in get(GET).headers


# ---- the control page and its JSON


def test_knobs_are_set_per_api_and_reset_together(server, get, http):
    set_knobs = http.post(f"{server.url}/control/api1", json={"status": 418, "latency_ms": 1}, timeout=30)
    assert set_knobs.json()["status"] == 418
    http.post(f"{server.url}/control/api1", json={"latency_ms": None}, timeout=30)
    assert get(GET).status_code == 418
    assert get("api2?name=x").status_code == 200
    assert get(f"{GET}&_error_rate=0").status_code == 200  # the call's own knob wins
    assert get("control").json()["api1"]["latency_ms"] == 0
    assert http.delete(f"{server.url}/control", timeout=30).status_code == 204
    assert get(GET).status_code == 200


def test_an_unknown_knob_is_refused(server, http):
    answer = http.post(f"{server.url}/control/api1", json={"colour": "red"}, timeout=30)
    assert (answer.status_code, answer.json()["arg"]) == (400, "colour")


def test_the_page_shows_and_sets_what_holds(server, get, http):
    form = {"status": "429", "shape": "text", "latency_ms": ""}
    page = http.post(f"{server.url}/control/api3", data=form, timeout=30)
    assert page.url == f"{server.url}/"
    assert 'name="status" autocomplete="off" value="429"' in page.text
    assert "<option selected>text</option>" in page.text
    assert get("api3?name=x").status_code == 429
    assert "<td>429" in get("").text
    http.post(f"{server.url}/control/reset", timeout=30)
    assert get("api3?name=x").status_code == 200


# ---- the log


def test_the_log_tells_what_was_asked(server, http, get):
    http.post(f"{server.url}/api4?_status=500", json={"age": 3}, headers={"Idempotency-Key": "k"}, timeout=30)
    (call,) = get("log").json()
    assert {name: call[name] for name in ("n", "api", "path", "method", "args", "idempotency_key", "status")} == {
        "n": 1,
        "api": "api4",
        "path": "/api4?_status=500",
        "method": "POST",
        "args": {"age": 3},
        "idempotency_key": "k",
        "status": 500,
    }
    assert call["headers"]["Content-Type"] == "application/json"
    assert call["time"].endswith("+00:00")


def test_the_log_is_read_from_a_number_on_and_by_api(get):
    for api in ("api1", "api2", "api1", "api2"):
        get(f"{api}?name=x")
    assert [call["n"] for call in get("log?since=2").json()] == [3, 4]
    assert [call["n"] for call in get("log?api=api1").json()] == [1, 3]


def test_numbers_go_on_after_the_log_is_cleared(server, http, get):
    get(GET)
    assert http.delete(f"{server.url}/log", timeout=30).status_code == 204
    get(GET)
    assert [call["n"] for call in get("log").json()] == [2]


def test_the_log_is_bounded(server):
    for _ in range(10_005):
        server.mock.record("api1", "/api1", "GET", {}, [])
    numbers = [call["n"] for call in server.mock.log()]
    assert (numbers[0], numbers[-1], len(numbers)) == (6, 10_005, 10_000)
    assert all(after == before + 1 for before, after in pairwise(numbers))


# ---- the server


def test_a_busy_port_says_what_to_do(server):
    port = int(server.url.rpartition(":")[2])
    with pytest.raises(PortInUse, match=rf"port {port} on 127.0.0.1 is in use: stop what listens there") as caught:
        serve(port=port)
    assert isinstance(caught.value, OSError)
    assert "\n" not in str(caught.value)


def test_a_stopped_server_lets_go_of_its_port_and_its_connections(http):
    server = serve(port=0)
    server.start()
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as kept_open:
        kept_open.sendall(b"GET /api1?name=x HTTP/1.1\r\nHost: x\r\n\r\n")
        assert kept_open.recv(4096).startswith(b"HTTP/1.1 200")
        server.stop()
        assert kept_open.recv(4096) == b""
    with serve(port=port):
        assert http.get(f"http://127.0.0.1:{port}/{GET}", timeout=30).json() == {"name": "arg1"}


# ---- the shop


@pytest.fixture
def shop(server, http):
    """Asks an endpoint of the shop, with its key: `shop("GET", "stock/lamp")`."""

    def ask(method, path, **options):
        headers = {KEY_HEADER: KEY, **options.pop("headers", {})}
        return http.request(method, f"{server.url}/shop/{path}", headers=headers, timeout=30, **options)

    return ask


def test_the_shop_wants_its_key(get):
    refused = get("shop/stock/lamp")
    assert (refused.status_code, refused.json()) == (401, {"error": "the header X-Api-Key must hold the shop's key"})


def test_an_order_is_paid_shipped_and_delivered_while_one_asks(shop):
    assert shop("GET", "stock/lamp").json() == {"sku": "lamp", "left": 7, "price": 40.0}
    order = shop("POST", "orders", json={"sku": "lamp", "count": 2}).json()
    assert order == {"id": "o1", "state": "open", "total": 80.0, "parcel": None}
    assert shop("GET", "orders/o1").json()["state"] == "open"
    assert shop("POST", "orders/o1/payment", json={"amount": 80}).json() == {"receipt": "r1", "amount": 80.0}
    assert [shop("GET", "orders/o1").json()["state"] for _ in range(3)] == ["packing", "packing", "shipped"]
    parcels = [shop("GET", "parcels/p1").json()["state"] for _ in range(3)]
    assert parcels == ["on its way", "on its way", "delivered"]


def test_an_order_with_the_same_idempotency_key_is_made_once(shop):
    orders = [
        shop("POST", "orders", json={"sku": "book", "count": 1}, headers={"Idempotency-Key": key}).json()["id"]
        for key in ("k1", "k1", "k2")
    ]
    assert orders == ["o1", "o1", "o2"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "told"),
    [
        ("GET", "stock/moon", None, 404, "there is no moon; there are book, lamp, chair"),
        ("POST", "orders", {"sku": "lamp"}, 400, "count is required"),
        ("POST", "orders", {"sku": "lamp", "count": "many"}, 400, "count must be an integer, not 'many'"),
        ("POST", "orders", {"sku": "lamp", "count": 8}, 409, "count must be from 1 to 7, as so many are left"),
        ("POST", "orders/o1/payment", {"amount": 1}, 422, "amount must be 40.0, the total of o1"),
        ("GET", "orders/o2", None, 404, "there is no o2"),
        ("GET", "parcels/p1", None, 404, "there is no p1"),
    ],
)
def test_the_shop_says_what_it_does_not_do(shop, method, path, body, status, told):
    shop("POST", "orders", json={"sku": "lamp", "count": 1})
    answer = shop(method, path, json=body)
    assert (answer.status_code, answer.json()["error"]) == (status, told)


def test_knobs_and_log_are_there_for_the_shop_too(server, http, shop):
    http.post(f"{server.url}/control/shop", json={"status": 503}, timeout=30)
    assert shop("GET", "stock/lamp").status_code == 503
    [call] = http.get(f"{server.url}/log?api=shop", timeout=30).json()
    assert (call["method"], call["path"], call["args"]) == ("GET", "/shop/stock/lamp", {"sku": "lamp"})


def test_the_control_page_tells_of_the_shop(get):
    page = get("").text
    assert "POST /shop/orders/{id}/payment" in page
    assert "X-Api-Key: let-me-shop" in page
