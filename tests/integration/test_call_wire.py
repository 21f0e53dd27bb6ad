"""Calls over real sockets: what comes of each, how long it may take, what is sent where."""

from __future__ import annotations

import gzip
import json
import socket
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from queue import Queue
from typing import Any

import gevent
import pytest
from gevent.event import Event
from gevent.pool import Pool
from gevent.server import StreamServer
from urllib3.connectionpool import HTTPConnectionPool

from engine.call import Call, Caller, EgressPolicy, NoReply, NotSent, Replied, transport
from engine.call import caller as caller_room
from engine.call import reply as reply_room

NOWHERE = "169.254.169.254"


@dataclass
class Seen:
    """A request as it arrived; `peer` tells one connection from another."""

    line: str
    headers: dict[str, str]
    body: bytes
    peer: int


@dataclass
class Server:
    """Answers each request by `answer(socket, seen)`; the connection stays open until that returns False."""

    answer: Callable[[socket.socket, Seen], object]
    seen: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = StreamServer(("127.0.0.1", 0), self._serve, spawn=Pool())
        self._server.start()
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._server.stop(timeout=0)

    def _serve(self, connection: socket.socket, address: tuple[str, int]) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with connection.makefile("rb") as stream:
                while (seen := _read(stream, address[1])) and self._answer(connection, seen) is not False:
                    pass
        except OSError:
            pass  # the client went away, as some tests want

    def _answer(self, connection: socket.socket, seen: Seen) -> object:
        self.seen.append(seen)
        return self.answer(connection, seen)


def _read(stream, peer: int) -> Seen | None:
    line = stream.readline().decode().strip()
    if not line:
        return None
    headers = {}
    while text := stream.readline().decode("latin-1").strip():
        name, _, value = text.partition(":")
        headers[name.lower()] = value.strip()
    return Seen(line, headers, stream.read(int(headers.get("content-length", 0))), peer)


def reply(body: bytes | str = b'{"ok": true}', status: str = "200 OK", length: int | None = None, **headers) -> bytes:
    body = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def says(data: bytes) -> Callable[[socket.socket, Seen], object]:
    """Says just this, and goes on listening."""
    return lambda connection, _: connection.sendall(data)


def hangs_up(data: bytes) -> Callable[[socket.socket, Seen], object]:
    """Says just this, and closes."""

    def answer(connection: socket.socket, _: Seen) -> bool:
        connection.sendall(data)
        return False

    return answer


def drips(head: bytes, drop: bytes) -> Callable[[socket.socket, Seen], object]:
    """Never silent for long, never done."""

    def answer(connection: socket.socket, _: Seen) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(drop)
            gevent.sleep(0.01)

    return answer


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(answer: Callable[[socket.socket, Seen], object]) -> Server:
        servers.append(Server(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def caller() -> Iterator[Caller]:
    caller = Caller(user_agent="stepline/test")
    yield caller
    caller.close()


def get(url: str, **call) -> Call:
    return Call("GET", url, **call)


# -- replies ---------------------------------------------------------------------------------------------


def test_a_reply_is_complete(serve, caller):
    server = serve(says(reply('{"n": 12345678901234567890}', Content_Type="application/json", Retry_After="3")))
    found = caller.send(get(f"{server.url}/a", args={"name": "x y"}, idempotency_key="t/s/l/0"))
    assert isinstance(found, Replied)
    assert (found.status, found.value, found.problem) == (200, {"n": 12345678901234567890}, None)
    assert (found.text, found.retry_after_s) == ('{"n": 12345678901234567890}', 3.0)
    assert found.headers["content-type"] == "application/json"
    assert found.duration_s > 0
    [seen] = server.seen
    assert seen.line == "GET /a?name=x+y HTTP/1.1"
    assert seen.headers["user-agent"] == "stepline/test"
    assert seen.headers["idempotency-key"] == "t/s/l/0"
    assert seen.headers["host"] == f"127.0.0.1:{server.port}"


def test_a_body_arrives_as_it_was_given(serve, caller):
    server = serve(says(reply()))
    caller.send(Call("POST", server.url, {"name": "é", "n": 2**70}))
    caller.send(Call("POST", server.url, {"a": 1}, send="query"))
    with_body, without = server.seen
    assert json.loads(with_body.body) == {"name": "é", "n": 2**70}
    assert (without.line, without.headers["content-length"]) == ("POST /?a=1 HTTP/1.1", "0")


def test_dots_and_slashes_of_a_value_stay_in_their_segment_on_the_wire(serve, caller):
    server = serve(says(reply()))
    caller.send(get(f"{server.url}/a/{{id}}/b", args={"id": "../%2e%2e/é?#"}))
    assert server.seen[0].line == "GET /a/..%2F%252e%252e%2F%C3%A9%3F%23/b HTTP/1.1"


@pytest.mark.parametrize("status", ["400 Bad", "404 Gone", "500 Oops", "503 Busy"])
def test_an_error_is_a_reply_and_its_body_is_read(serve, caller, status):
    found = caller.send(get(serve(says(reply('{"error": "no"}', status))).url))
    assert (found.status, found.value, found.problem) == (int(status[:3]), {"error": "no"}, None)


@pytest.mark.parametrize(
    ("method", "answer"),
    [("GET", b"HTTP/1.1 204 No Content\r\n\r\n"), ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")],
)
def test_no_body_is_no_problem_where_none_is_due(serve, caller, method, answer):
    server = serve(says(answer))
    for _ in range(2):
        found = caller.send(Call(method, server.url))
        assert (found.value, found.problem) == (None, None)
    assert len({seen.peer for seen in server.seen}) == 1


@pytest.mark.parametrize(
    ("body", "told"),
    [("", "the body is empty"), ("<html>502</html>", "<html>502</html>"), ("[" * 70 + "]" * 70, "more than 64 deep"),
     ('{"a": NaN}', "NaN"), ("x" * 2000, "larger than 1,000 bytes")],
)  # fmt: skip
def test_a_body_that_is_no_usable_json_is_a_problem_of_a_reply(serve, caller, body, told):
    found = caller.send(get(serve(says(reply(body, "503 Busy", Retry_After="7"))).url, max_bytes=1_000))
    assert isinstance(found, Replied)
    assert (found.status, found.value, found.retry_after_s) == (503, None, 7.0)
    assert told in str(found.problem)


def test_a_compressed_body_is_decoded(serve, caller):
    found = caller.send(get(serve(says(reply(gzip.compress(b'{"a": 1}'), Content_Encoding="gzip"))).url))
    assert found.value == {"a": 1}


def test_a_body_that_only_says_it_is_compressed_is_a_problem(serve, caller):
    found = caller.send(get(serve(says(reply(b'{"a": 1}', Content_Encoding="gzip"))).url))
    assert (found.status, found.value) == (200, None)
    assert "cannot be decompressed" in found.problem


def bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return b"".join(packer.compress(bytes(2**20)) for _ in range(megabytes)) + packer.flush()


@pytest.mark.parametrize("kind", ["gzip", "gzip, gzip", "chunked"])
def test_a_bomb_does_not_go_off(serve, caller, kind):
    body = bomb(200)
    if kind == "chunked":
        chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n" + chunked
    else:
        answer = reply(gzip.compress(body) if "," in kind else body, Content_Encoding=kind)
    server = serve(says(answer))
    tracemalloc.start()
    found = caller.send(get(server.url))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "larger than 1,048,576 bytes" in found.problem
    assert peak < 8 * 2**20
    assert len(found.text) <= 4096


# -- the deadline ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        drips(b"", b""),
        drips(b"HTTP/1.1 200 OK\r\n", b"X"),
        drips(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        drips(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
        drips(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\nConnection: close\r\n\r\n", b" "),
        drips(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b" "),
        drips(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        drips(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    ],
    ids=["silence", "header", "headers", "continues", "body", "closing", "endless", "chunks", "length"],
)
def test_one_deadline_ends_whatever_drips(serve, caller, answer):
    with gevent.Timeout(5):
        found = caller.send(get(serve(answer).url, timeout_s=0.5))
    assert isinstance(found, NoReply)
    assert found.kind == "timeout"
    assert "within 0.5 s" in found.reason


def test_the_deadline_holds_while_the_request_is_not_taken(serve, caller):
    with socket.create_server(("127.0.0.1", 0)) as deaf, gevent.Timeout(5):
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        found = caller.send(Call("POST", url, {"a": "x" * 20_000_000}, timeout_s=0.5))
    assert (type(found), found.kind) == (NoReply, "timeout")


@pytest.mark.parametrize("drop", [b"", b"\0"])
def test_the_deadline_holds_while_tls_is_agreed_on(caller, drop):
    """The first bytes announce a long message."""

    def answer(connection: socket.socket, _: object) -> None:
        connection.sendall(b"\x16\x03\x03\x3f\x00\x02\x00\x3e\xf0")
        while True:
            connection.sendall(drop)
            gevent.sleep(0.01)

    server = StreamServer(("127.0.0.1", 0), answer, spawn=Pool())
    server.start()
    try:
        with gevent.Timeout(5):
            found = caller.send(get(f"https://127.0.0.1:{server.server_port}", timeout_s=0.5))
    finally:
        server.stop(timeout=0)
    assert (type(found), found.kind) == (NotSent, "connect")
    assert "could not be reached within" in found.reason


def test_the_deadline_holds_while_a_name_is_looked_up(caller, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: gevent.sleep(60))
    with gevent.Timeout(5):
        found = caller.send(get("http://slow.test/", timeout_s=0.1))
    assert (type(found), found.kind) == (NotSent, "connect")


def test_the_deadline_covers_all_hops(serve, caller):
    slow = serve(drips(b"HTTP/1.1 200 OK\r\n", b"X"))
    server = serve(says(reply("", "302 Found", Location=slow.url)))
    with gevent.Timeout(5):
        found = caller.send(get(server.url, timeout_s=0.5, follow_redirects=True))
    assert (type(found), found.kind) == (NoReply, "timeout")


def test_a_deadline_leaves_the_connection_of_another_call_alone(serve, caller, monkeypatch):
    """The first hop's connection is kept, and taken by another call before the first call's deadline."""
    hung, over = Event(), Event()
    look_up = socket.getaddrinfo

    def hang(host: str, *rest: Any) -> Any:
        if host == "slow.test":
            hung.set()
            over.wait()
        return look_up(host, *rest)

    def answer(connection: socket.socket, seen: Seen) -> None:
        if "slow" in seen.line:
            over.wait()
        redirect = reply("{}", "302 Found", Location="https://slow.test/")
        connection.sendall(redirect if "redirect" in seen.line else reply())

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    server = serve(answer)
    first = gevent.spawn(caller.send, get(f"{server.url}/redirect", timeout_s=0.2, follow_redirects=True))
    hung.wait()
    second = gevent.spawn(caller.send, get(f"{server.url}/slow"))
    assert first.get(timeout=5).kind == "connect"
    over.set()
    assert second.get(timeout=5).value == {"ok": True}
    assert len({seen.peer for seen in server.seen}) == 1


def test_a_stream_that_the_deadline_ends_does_not_pass_for_a_whole_one(serve, caller, monkeypatch):
    """Deadline and data may come in the same turn of the loop: then the reader sees an end, not an error."""

    def late(response: object, max_bytes: int, mask) -> Replied:
        transport._current.wire.cut_off()
        return reply_room.read_reply(response, max_bytes, mask)

    monkeypatch.setattr(caller_room, "read_reply", late)
    found = caller.send(get(serve(says(b"HTTP/1.1 200 OK\r\n\r\n{}")).url))
    assert (type(found), found.kind) == (NoReply, "timeout")


def test_the_timeout_of_others_passes_through(serve, caller):
    server = serve(drips(b"", b""))
    with pytest.raises(gevent.Timeout), gevent.Timeout(0.1):
        caller.send(get(server.url))


def test_a_killed_greenlet_leaves_no_answer_for_the_next_call(serve, caller):
    asked, told = Event(), Event()

    def answer(connection: socket.socket, seen: Seen) -> None:
        if "first" in seen.line:
            asked.set()
            told.wait()
        connection.sendall(reply(json.dumps(seen.line)))

    server = serve(answer)
    first = gevent.spawn(caller.send, get(f"{server.url}/first"))
    asked.wait()
    first.kill()
    told.set()
    second = caller.send(get(f"{server.url}/second"))
    assert isinstance(second, Replied)
    assert "second" in second.value


# -- no reply --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", "reset"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "truncated"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", "truncated"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}", "truncated"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", "truncated"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}", "truncated"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "garbled"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n", "garbled"),
    ],
)
def test_an_answer_that_is_not_whole_is_none(serve, caller, method, answer, kind):
    server = serve(hangs_up(answer))
    found = caller.send(Call(method, server.url))
    assert (type(found), found.kind) == (NoReply, kind)
    assert str(server.port) in found.reason
    assert len(server.seen) == 1


def test_a_reset_is_told(serve, caller):
    def answer(connection: socket.socket, _: Seen) -> bool:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        return False

    found = caller.send(get(serve(answer).url))
    assert (type(found), found.kind) == (NoReply, "reset")


# -- kept connections ------------------------------------------------------------------------------------


def test_a_connection_is_used_again(serve, caller):
    server = serve(says(reply()))
    for _ in range(5):
        assert caller.send(get(server.url)).value
    assert len({seen.peer for seen in server.seen}) == 1


def test_calls_at_once_have_a_connection_each_and_keep_them(serve):
    caller = Caller(pool_size=8)
    server = serve(says(reply()))
    for _ in range(3):
        calls = [gevent.spawn(caller.send, get(server.url)) for _ in range(8)]
        assert all(isinstance(call.get(timeout=5), Replied) for call in calls)
    caller.close()
    assert len({seen.peer for seen in server.seen}) <= 8


def test_an_answer_that_was_not_read_to_its_end_is_not_the_next_ones(serve, caller):
    """Its rest comes when the next request does."""

    def answer(connection: socket.socket, seen: Seen) -> None:
        if "big" in seen.line:
            connection.sendall(reply("x" * 65_536, length=65_537))
        else:
            connection.sendall(reply("1") if seen.peer != server.seen[0].peer else b"x" + reply("1"))

    server = serve(answer)
    assert "larger" in str(caller.send(get(f"{server.url}/big", max_bytes=1_000)))
    found = caller.send(get(f"{server.url}/small"))
    assert isinstance(found, Replied)
    assert found.value == 1


def once_per_connection() -> Callable[[socket.socket, Seen], object]:
    """Keeps a connection, then closes it on its second request without a word."""
    known: set[int] = set()

    def answer(connection: socket.socket, seen: Seen) -> bool:
        if seen.peer in known:
            return False
        known.add(seen.peer)
        connection.sendall(reply())
        return True

    return answer


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_a_stale_connection_is_replaced_for_what_may_be_repeated(serve, caller, method):
    server = serve(once_per_connection())
    assert isinstance(caller.send(get(server.url)), Replied)
    assert isinstance(caller.send(Call(method, server.url)), Replied)
    assert len(server.seen) == 3


@pytest.mark.parametrize(("method", "repeatable"), [("POST", None), ("PATCH", None), ("GET", False)])
def test_a_stale_connection_is_an_unknown_outcome_for_the_others(serve, caller, method, repeatable):
    server = serve(once_per_connection())
    assert isinstance(caller.send(get(server.url)), Replied)
    found = caller.send(Call(method, server.url, repeatable=repeatable))
    assert (type(found), found.kind) == (NoReply, "reset")
    assert len(server.seen) == 2


def test_the_one_repetition_takes_a_new_connection_not_another_stale_one(serve, monkeypatch):
    """Also where the pool would offer the next stale one, as it may when other calls give theirs back."""
    monkeypatch.setattr(HTTPConnectionPool, "QueueCls", Queue)
    caller, server = Caller(pool_size=3), serve(once_per_connection())
    for call in [gevent.spawn(caller.send, get(server.url)) for _ in range(3)]:
        assert isinstance(call.get(timeout=5), Replied)
    assert len({seen.peer for seen in server.seen}) == 3
    assert isinstance(caller.send(get(server.url)), Replied)
    caller.close()
    assert len(server.seen) == 3 + 2


def test_a_connection_closed_while_idle_is_not_used_at_all(serve, caller):
    closed = Event()

    def answer(connection: socket.socket, seen: Seen) -> bool:
        connection.sendall(reply(Keep_Alive="timeout=0"))
        connection.shutdown(socket.SHUT_RDWR)
        closed.set()
        return False

    server = serve(answer)
    for _ in range(3):
        assert isinstance(caller.send(Call("POST", server.url)), Replied)
        closed.wait()
    assert len(server.seen) == 3


def test_no_cookie_is_kept(serve, caller):
    server = serve(says(reply(Set_Cookie="session=1; Path=/")))
    caller.send(get(server.url))
    caller.send(get(server.url))
    assert not any("cookie" in seen.headers for seen in server.seen)


def test_nothing_of_the_environment_counts(serve, caller, monkeypatch, tmp_path):
    server = serve(says(reply()))
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ann password hunter2")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert caller.send(get(server.url)).value == {"ok": True}
    assert "authorization" not in server.seen[0].headers


# -- not sent --------------------------------------------------------------------------------------------


def test_a_refused_connection_asks_whether_the_api_runs(caller):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    found = caller.send(Call("POST", f"http://127.0.0.1:{port}/x"))
    assert (type(found), found.kind, found.permanent) == (NotSent, "connect", False)
    assert found.reason == f"connection refused by 127.0.0.1:{port}: is the API running?"


def test_an_unknown_name_may_be_known_later(caller):
    found = caller.send(get("http://nosuch.invalid/"))
    assert (type(found), found.kind, found.permanent) == (NotSent, "dns", False)


@pytest.mark.parametrize(
    "call",
    [get("ftp://a/b"), get("http://a/{id}"), get("http://a", headers={"X": "a\r\nb"}), Call("GE T", "http://127.0.0.1"),
     get("http://a b/"), get("http://*/"), get(f"http://{'a' * 70}.test/"), get("http://a/", args={"x": float("nan")},
     send="json")],
)  # fmt: skip
def test_a_call_that_makes_no_sense_stays_so(caller, call):
    found = caller.send(call)
    assert (type(found), found.kind, found.permanent) == (NotSent, "invalid", True)


def test_messages_tell_no_password(caller):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert "hunter2" not in caller.send(get(f"http://ann:hunter2@127.0.0.1:{port}/")).reason


def test_tls_to_what_speaks_none_is_told(serve, caller):
    server = serve(says(reply()))
    found = caller.send(get(server.url.replace("http", "https")))
    assert (type(found), found.kind) == (NotSent, "connect")
    assert "TLS" in found.reason


BAD_TARGETS = [
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::]/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://100.100.100.200/",
    "http://192.0.0.192/",
    "http://0.0.0.0:9999/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://10.0.0.1/",
    "http://224.0.0.1/",
]


@pytest.mark.parametrize("url", BAD_TARGETS)
def test_bad_targets_are_refused_for_good(caller, url):
    found = caller.send(get(url, timeout_s=2))
    assert (type(found), found.kind, found.permanent) == (NotSent, "refused", True)


def test_our_own_servers_are_refused(serve):
    server = serve(says(reply()))
    caller = Caller(EgressPolicy(deny=frozenset({("localhost", server.port)})))
    found = caller.send(get(server.url))
    caller.close()
    assert isinstance(found, NotSent)
    assert found.kind == "refused"
    assert not server.seen


class Names:
    """A resolver that answers one list of addresses after the other."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, host: str, port: int, *_: object) -> list[tuple]:
        found = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]


def test_the_address_that_was_checked_is_the_one_connected_to(serve, caller, monkeypatch):
    server = serve(says(reply()))
    names = Names(["127.0.0.1"], [NOWHERE])
    monkeypatch.setattr(socket, "getaddrinfo", names)
    assert caller.send(get(f"http://rebind.test:{server.port}/")).value == {"ok": True}
    assert names.asked == 1
    assert server.seen[0].headers["host"] == f"rebind.test:{server.port}"


def test_a_name_that_moved_is_checked_again_at_the_next_connection(serve, caller, monkeypatch):
    server = serve(hangs_up(reply(Connection="close")))
    monkeypatch.setattr(socket, "getaddrinfo", Names(["127.0.0.1"], [NOWHERE]))
    assert caller.send(get(f"http://rebind.test:{server.port}/")).value == {"ok": True}
    assert caller.send(get(f"http://rebind.test:{server.port}/")).kind == "refused"


def test_one_forbidden_address_of_a_name_is_enough(serve, caller, monkeypatch):
    server = serve(says(reply()))
    monkeypatch.setattr(socket, "getaddrinfo", Names(["127.0.0.1", NOWHERE]))
    assert caller.send(get(f"http://two.test:{server.port}/")).kind == "refused"
    assert not server.seen


def test_the_next_address_is_taken_when_one_does_not_answer(serve, caller, monkeypatch):
    server = serve(says(reply()))
    monkeypatch.setattr(socket, "getaddrinfo", Names(["127.0.0.9", "127.0.0.1"]))
    assert caller.send(get(f"http://two.test:{server.port}/")).value == {"ok": True}


# -- redirects -------------------------------------------------------------------------------------------


def redirects(location: str, status: str = "302 Found") -> Callable[[socket.socket, Seen], object]:
    """Sends every request there, but answers what asks for /end."""

    def answer(connection: socket.socket, seen: Seen) -> None:
        ends = seen.line.split()[1].startswith("/end")
        connection.sendall(reply() if ends else reply("", status, Location=location))

    return answer


def test_a_redirect_is_not_followed_unless_asked(serve, caller):
    server = serve(redirects("/end"))
    found = caller.send(get(server.url))
    assert (found.status, found.problem) == (302, "the answer is a redirect to /end: let the api follow redirects")
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("method", "status", "arrives"),
    [("POST", "301 M", "GET"), ("POST", "302 F", "GET"), ("POST", "303 S", "GET"), ("PUT", "303 S", "GET"),
     ("HEAD", "303 S", "HEAD"), ("PUT", "302 F", "PUT"), ("POST", "307 T", "POST"), ("POST", "308 P", "POST")],
)  # fmt: skip
def test_methods_change_as_in_browsers(serve, caller, method, status, arrives):
    server = serve(redirects("/end?x=1", status))
    assert caller.send(Call(method, f"{server.url}/a", {"a": 1}, follow_redirects=True)).status == 200
    assert server.seen[1].line == f"{arrives} /end?x=1 HTTP/1.1"
    assert bool(server.seen[1].body) == (arrives in ("POST", "PUT"))
    assert ("content-type" in server.seen[1].headers) == (arrives in ("POST", "PUT"))


def test_credentials_stay_with_their_origin(serve, caller):
    other = serve(says(reply()))
    server = serve(redirects(f"{other.url}/end"))
    headers = {"Authorization": "a", "Cookie": "b", "X-Api-Key": "c", "X-Mine": "d", "Accept-Language": "en"}
    caller.send(get(server.url, headers=headers, idempotency_key="t/s/l/0", follow_redirects=True))
    assert {name.lower() for name in headers} <= server.seen[0].headers.keys()
    left = other.seen[0].headers
    assert not {"authorization", "cookie", "x-api-key", "x-mine"} & left.keys()
    assert (left["accept-language"], left["idempotency-key"]) == ("en", "t/s/l/0")


def test_credentials_go_along_within_an_origin(serve, caller):
    server = serve(redirects("/end"))
    caller.send(get(server.url, headers={"X-Api-Key": "c"}, follow_redirects=True))
    assert server.seen[1].headers["x-api-key"] == "c"


@pytest.mark.parametrize("location", [f"http://{NOWHERE}/latest", f"//{NOWHERE}/x", "http://[::ffff:a9fe:a9fe]/"])
def test_every_hop_is_checked(serve, caller, location):
    server = serve(redirects(location))
    found = caller.send(get(server.url, follow_redirects=True))
    assert (type(found), found.kind, found.permanent) == (NotSent, "refused", True)


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/"])
def test_a_redirect_to_what_is_no_api_is_refused(serve, caller, location):
    server = serve(redirects(location))
    found = caller.send(get(server.url, follow_redirects=True))
    assert (type(found), found.kind) == (NotSent, "invalid")


@pytest.mark.parametrize("location", ["http://[::1", "http://127.0.0.1:99999/"])
def test_a_redirect_to_what_is_no_url_is_a_problem(serve, caller, location):
    found = caller.send(get(serve(redirects(location)).url, follow_redirects=True))
    assert (found.status, found.problem) == (302, "the answer is a redirect to what is no url")


def test_a_post_that_was_answered_by_a_redirect_was_sent(serve, caller):
    """What is behind the redirect cannot be asked: R9 must not take the call for one that never left."""
    server = serve(redirects(f"http://{NOWHERE}/", "303 See"))
    found = caller.send(Call("POST", server.url, follow_redirects=True))
    assert (type(found), found.kind) == (NoReply, "redirect")


def test_redirects_end_after_five(serve, caller):
    server = serve(redirects("/again"))
    found = caller.send(get(server.url, follow_redirects=True))
    assert (found.status, found.value) == (302, None)
    assert "the 6th in a row" in found.problem
    assert len(server.seen) == 6
