"""Calls over real sockets: odd answers, TLS, and whatever data one can think of. `test_call_wire` has the rest."""

import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import gevent
import pytest
from gevent.event import Event
from gevent.server import StreamServer
from gevent.ssl import PROTOCOL_TLS_SERVER, SSLContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.call import Call, Caller, NoReply, NotSent, Replied

Speak = Callable[["Peer"], None]


class Peer:
    """One connection, from the server's side."""

    def __init__(self, server: "Server", connection: Any, number: int) -> None:
        self.server, self.connection, self.number = server, connection, number
        self._rest = b""

    def heard(self) -> bytes:
        """The next request, with its body; b"" when the caller has closed."""
        while b"\r\n\r\n" not in self._rest:
            if not self._more():
                return b""
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(self._rest) < length and self._more():
            pass
        body, self._rest = self._rest[:length], self._rest[length:]
        self.server.requests.append(Heard(head, body))
        return head

    def _more(self) -> bool:
        try:
            data = self.connection.recv(65_536)
        except OSError:
            return False
        self._rest += data
        return bool(data)

    def say(self, *parts: bytes) -> None:
        for part in parts:
            self.connection.sendall(part)

    def drip(self, part: bytes = b"x") -> None:
        """Until the caller has had enough."""
        with suppress(OSError):
            while True:
                self.connection.sendall(part)
                gevent.sleep(0.01)
        self.server.left.set()


class Heard:
    def __init__(self, head: bytes, body: bytes) -> None:
        first, *lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = first.split(" ", 2)
        self.body = body
        self.headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        self.names = [line.split(":")[0].lower() for line in lines]


@dataclass
class Server:
    url: str = ""
    port: int = 0
    connections: int = 0
    requests: list[Heard] = field(default_factory=list)
    left: Event = field(default_factory=Event)


@contextmanager
def serving(speak: Speak, host: str = "127.0.0.1", **options: Any) -> Iterator[Server]:
    server = Server()

    def handle(connection: Any, _: Any) -> None:
        server.connections += 1
        with connection, suppress(OSError):
            speak(Peer(server, connection, server.connections))

    listener = StreamServer((host, 0), handle, **options)
    listener.start()
    server.port = listener.server_port or 0
    server.url = f"{'https' if options else 'http'}://{f'[{host}]' if ':' in host else host}:{server.port}"
    try:
        yield server
    finally:
        listener.stop(timeout=0)


def answer(body: bytes = b'{"ok": true}', status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def always(*parts: bytes) -> Speak:
    """Answers each request of a connection alike."""

    def speak(peer: Peer) -> None:
        while peer.heard():
            peer.say(*parts)

    return speak


def once(*parts: bytes) -> Speak:
    """Answers one request, then closes."""

    def speak(peer: Peer) -> None:
        peer.heard()
        peer.say(*parts)

    return speak


@pytest.fixture(autouse=True)
def never_hangs():
    with gevent.Timeout(60):
        yield


@pytest.fixture
def caller():
    caller = Caller(user_agent="stepline/test")
    yield caller
    caller.close()


def get(caller, url, **options):
    return caller.send(Call("GET", url, **options))


def post(caller, url, **options):
    return caller.send(Call("POST", url, **options))


# ---- what goes out


def test_a_query_reaches_the_server_as_it_was_meant(caller, mock):
    args = {"name": "a&b=c d+é%20", "n": [1, 2]}
    reply = get(caller, f"{mock.url}/api1", args=args)
    assert reply.value == {"name": "a&b=c d+é%20"}


def test_a_post_without_args_says_that_it_has_no_body(caller):
    with serving(always(answer())) as server:
        post(caller, server.url, send="query")
    assert server.requests[0].headers["content-length"] == "0"


def test_own_headers_replace_ours_in_any_case(caller):
    with serving(always(answer())) as server:
        post(caller, server.url, headers={"user-agent": "me", "content-type": "application/x-mine+json"})
    (heard,) = server.requests
    assert (heard.headers["user-agent"], heard.headers["content-type"]) == ("me", "application/x-mine+json")
    assert len(set(heard.names)) == len(heard.names)


# ---- replies


def test_headers_of_one_name_are_joined(caller):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 1\r\nX-A: 2\r\nRetry-After: 1\r\nRetry-After: 2\r\n\r\n{}"
    with serving(always(head)) as server:
        reply = get(caller, server.url)
    assert (reply.headers["X-A"], reply.retry_after_s, reply.value) == ("1, 2", None, {})


@pytest.mark.parametrize("early", ["100 Continue", "102 Processing", "103 Early Hints"])
def test_a_provisional_answer_is_passed_over(caller, early):
    parts = f"HTTP/1.1 {early}\r\nLink: </x>\r\n\r\n".encode()
    with serving(always(parts, answer())) as server:
        assert [get(caller, server.url).value for _ in range(3)] == [{"ok": True}] * 3


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_a_body_over_the_cap_keeps_status_and_headers(caller, framing):
    body = b'["' + b"x" * 5_000 + b'"]'
    heads = {
        "length": b"HTTP/1.1 503 No\r\nRetry-After: 9\r\nContent-Length: %d\r\n\r\n" % len(body),
        "chunked": b"HTTP/1.1 503 No\r\nRetry-After: 9\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body),
        "close": b"HTTP/1.1 503 No\r\nRetry-After: 9\r\n\r\n",
    }
    with serving(once(heads[framing], body, b"\r\n0\r\n\r\n" if framing == "chunked" else b"")) as server:
        reply = get(caller, server.url, max_bytes=1_000)
        assert get(caller, server.url, max_bytes=10_000).status == 503
    assert (reply.status, reply.retry_after_s, reply.headers["Retry-After"]) == (503, 9.0, "9")
    assert reply.value is None
    assert "larger than 1,000 bytes" in reply.problem
    assert reply.text.startswith('["xxx')


def test_a_body_of_just_the_cap_is_taken(caller):
    with serving(always(answer(b'"abcdef"'))) as server:
        assert get(caller, server.url, max_bytes=8).value == "abcdef"
        assert "larger" in get(caller, server.url, max_bytes=7).problem


# ---- no complete reply


@pytest.mark.parametrize("knob", ["reset", "truncate"])
def test_the_mocks_faults_are_no_reply(caller, mock, knob):
    outcome = get(caller, f"{mock.url}/api1", args={"name": "x", f"_{knob}": 1})
    assert (type(outcome), outcome.kind) == (NoReply, knob if knob == "reset" else "truncated")


def too_many_headers():
    return b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(500)) + b"\r\n{}"


@pytest.mark.parametrize("head", [too_many_headers(), b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n{}"])
def test_headers_without_measure_are_no_reply(caller, head):
    with serving(once(head)) as server:
        assert isinstance(post(caller, server.url), NoReply)


# ---- the deadline


def test_a_connection_that_is_not_accepted_is_given_up_at_the_deadline(caller):
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [gevent.spawn(socket.create_connection, ("127.0.0.1", port), 30) for _ in range(3)]
        gevent.joinall(waiting, timeout=0.1, count=1)
        outcome = get(caller, f"http://127.0.0.1:{port}", timeout_s=0.2)
        for one in waiting:
            if connection := one.value:
                connection.close()
        gevent.killall(waiting)
    assert (type(outcome), outcome.kind) == (NotSent, "connect")


def test_all_addresses_of_a_name_share_one_deadline(caller, monkeypatch):
    def stuck(connection, address):
        tries.append(address)
        gevent.sleep(connection.timeout)
        raise TimeoutError("timed out")

    info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
    tries: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [info] * 10_000)
    monkeypatch.setattr(socket.socket, "connect", stuck)
    outcome = get(caller, "http://many.test/", timeout_s=0.2)
    assert (type(outcome), outcome.kind) == (NotSent, "connect")
    assert len(tries) < 100


# ---- never sent


BAD_URLS = [
    "", "x", "/x", "http://", "http:///x", "http:127.0.0.1", "ftp://127.0.0.1/x", "file:///etc/passwd", "httpx://a/",
    "gopher://127.0.0.1:25/_x", "http+unix://%2Frun/x", "http://[::1", "http://[::1]]/", "http://[zz]/", "http://a:99999/",
    "http://a:x/", "http://.x/", "http://*.x/", "http://a b/", "http://a\r\nX: y/", "http://a\0b/", "http://%/",
    f"http://{'a' * 70}.test/", "http://\ud800/", "http://xn--\ud800.test/", "http://a..b/", "http://\u2028/",
]  # fmt: skip


@pytest.mark.parametrize("url", BAD_URLS)
def test_a_url_that_cannot_be_used_is_not_sent(caller, url, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert isinstance(get(caller, url), NotSent)


# ---- connections


def test_once_more_is_on_a_new_connection_even_if_others_are_kept(caller):
    both = Event()

    def speak(peer):
        peer.heard()
        if peer.number <= 2:
            if peer.number == 2:
                both.set()
            both.wait()
        peer.say(answer())
        if peer.number <= 2:
            peer.heard()

    with serving(speak) as server:
        gevent.joinall([gevent.spawn(get, caller, server.url) for _ in range(2)])
        assert server.connections == 2
        assert get(caller, server.url).status == 200


def test_a_reply_that_breaks_off_is_not_asked_for_again(caller):
    def speak(peer):
        peer.heard()
        peer.say(answer())
        peer.heard()
        peer.say(b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a')

    with serving(speak) as server:
        assert get(caller, server.url).status == 200
        outcome = get(caller, server.url)
    assert (type(outcome), outcome.kind) == (NoReply, "truncated")
    assert len(server.requests) == 2


def test_calls_of_many_greenlets_get_their_own_replies(caller, mock):
    names = [f"n{number}" for number in range(100)]
    calls = [gevent.spawn(get, caller, f"{mock.url}/api1", args={"name": name}) for name in names]
    assert [call.get().value["name"] for call in calls] == names


def test_the_other_loopback_works_too(caller):
    try:
        with serving(always(answer()), host="::1") as server:
            assert get(caller, server.url).status == 200
            assert server.requests[0].headers["host"] == f"[::1]:{server.port}"
    except OSError:
        pytest.skip("no IPv6 here")


# ---- redirects


def to(location: str, status: str = "302 Found") -> bytes:
    return answer(b"", status, Location=location)


def routes(table: dict[str, bytes]) -> Speak:
    def speak(peer):
        while head := peer.heard():
            peer.say(table[head.split(b" ")[1].decode("latin-1")])

    return speak


@pytest.mark.parametrize("location", ["/b", "b", "//{host}/b", "http://{host}/b", "?x=1", "/\u00c3\u00a9"])
def test_a_redirect_is_followed_when_asked(caller, location):
    table = {"/b": answer(), "/a?x=1": answer(), "/%C3%A9": answer()}
    with serving(routes(table)) as server:
        table["/a"] = to(location.replace("{host}", f"127.0.0.1:{server.port}"))
        reply = get(caller, f"{server.url}/a", follow_redirects=True)
    assert (reply.status, reply.value) == (200, {"ok": True})
    assert server.connections == 1


def test_a_password_in_the_url_stays_with_its_origin(caller):
    with serving(always(answer())) as other, serving(routes({"/a": to("/b"), "/b": to(other.url)})) as server:
        get(caller, f"{server.url}/a".replace("//", "//me:hush@"), follow_redirects=True)
    assert "authorization" not in other.requests[0].headers


@pytest.mark.parametrize(
    "location", ["http://[::1", "http://a:x/", "\x80\xff:", "http://\xff/", "", "#", "javascript:1"]
)
def test_a_redirect_to_nowhere_does_not_raise(caller, location):
    with serving(routes({"/a": to(location)})) as server:
        outcome = get(caller, f"{server.url}/a", follow_redirects=True)
    assert isinstance(outcome, (NotSent, NoReply)) or outcome.problem


# ---- TLS


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Of localhost and 127.0.0.1, vouched for by itself."""
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl command")
    folder = tmp_path_factory.mktemp("tls")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", folder / "key.pem"]
    command = ["openssl", "req", "-x509", *key, "-days", "2", *names, "-out", folder / "cert.pem"]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"


@contextmanager
def serving_tls(speak, certificate):
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with serving(speak, ssl_context=context) as server:
        yield server


@pytest.fixture
def trusting(caller, certificate, monkeypatch):
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate[0]))
    return caller


def test_a_certificate_that_nobody_vouches_for_is_not_sent_to(caller, certificate):
    with serving_tls(always(answer()), certificate) as server:
        outcome = post(caller, server.url)
    assert (type(outcome), outcome.kind) == (NotSent, "connect")
    assert "self-signed certificate" in outcome.reason or "self signed" in outcome.reason
    assert not server.requests


def test_a_trusted_certificate_is_called_and_the_connection_kept(trusting, certificate):
    with serving_tls(always(answer()), certificate) as server:
        assert [post(trusting, server.url).status for _ in range(2)] == [200, 200]
    assert server.connections == 1


def test_a_first_connection_is_not_one_that_was_kept_also_with_tls(trusting, certificate):
    with serving_tls(once(), certificate) as server:
        outcome = get(trusting, server.url)
    assert (type(outcome), outcome.kind) == (NoReply, "reset")
    assert len(server.requests) == 1


@pytest.mark.parametrize("close", [b"", b"Connection: close\r\n"])
def test_what_drips_through_tls_is_cut_at_the_deadline(trusting, certificate, close):
    def speak(peer):
        peer.heard()
        peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n" + close + b"\r\n")
        peer.drip()

    with serving_tls(speak, certificate) as server:
        outcome = post(trusting, server.url, timeout_s=1)
        assert server.left.wait(30)
    assert (type(outcome), outcome.kind) == (NoReply, "timeout")


def test_a_body_that_is_read_in_sips_through_tls_is_cut_at_the_deadline(trusting, certificate):
    def speak(peer):
        while peer.connection.recv(65_536):
            gevent.sleep(0.02)

    with serving_tls(speak, certificate) as server:
        outcome = post(trusting, server.url, args={"a": "x" * 20_000_000}, timeout_s=1)
    assert (type(outcome), outcome.kind) == (NoReply, "timeout")


# ---- whatever


def anything_goes(caller, call):
    outcome = caller.send(call)
    assert isinstance(outcome, (NotSent, NoReply, Replied))
    if not isinstance(outcome, Replied):
        assert outcome.reason
        assert "\n" not in outcome.reason


def with_caller(call):
    caller = Caller()
    anything_goes(caller, call)
    caller.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters()), inner, max_size=3),
    max_leaves=6,
)
ANY_TEXT = st.text(st.characters())


@pytest.fixture(scope="module")
def echo():
    with serving(always(answer())) as server:
        yield server


FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def test_args_without_measure_do_not_make_it_raise(caller):
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for value in (10**5_000, deep, [float("nan")], "\ud800"):
        for method in ("GET", "POST"):
            for url in ("http://127.0.0.1:1/", "http://127.0.0.1:1/{value}"):
                anything_goes(caller, Call(method, url, {"value": value}, idempotency_key="\ud800"))
    anything_goes(caller, Call("GET", "http://\ud800:x@127.0.0.1:1/"))


@FUZZ
@given(
    path=ANY_TEXT,
    args=st.dictionaries(ANY_TEXT, JSON, max_size=3),
    headers=st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=2),
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]),
    send=st.sampled_from([None, "query", "json", "form"]),
    key=st.none() | ANY_TEXT,
)
def test_no_path_args_or_headers_make_it_raise(echo, path, args, headers, method, send, key):
    with_caller(Call(method, f"{echo.url}/{path}", args, send, headers, 5.0, idempotency_key=key))
    echo.requests.clear()


@FUZZ
@given(template=st.sampled_from(["{}", "http://{}", "https://[{}]:1/", "http://{}@127.0.0.1:1/x"]), text=ANY_TEXT)
def test_no_url_makes_it_raise(template, text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("127.0.0.1", 1))])
        with_caller(Call("GET", template.format(text), timeout_s=5))


HEADS = [
    b"",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 302 OK\r\nLocation: ",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nSet-Cookie: ",
    b"HTTP/1.1 200 OK\r\nRetry-After: ",
]


@FUZZ
@given(head=st.sampled_from(HEADS), rest=st.binary())
def test_no_answer_makes_it_raise(head, rest):
    with serving(once(head + rest)) as server:
        with_caller(Call("GET", server.url, timeout_s=5))
