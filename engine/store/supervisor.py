"""Keeps the embedded database server running for as long as some Stepline process holds its data folder.

Started by `embedded.py` as a script of its own, by path and without site-packages, so that it starts at once and
shares no code with a patched process. Its standard input is the folder's named pipe, whose writing ends are held
by the processes that use the database: the kernel says "end of file" when the last of them is gone, however it
went. It is not the database, and no client talks to it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType

STOP_S = 15.0  # what a clean stop may take before the server is killed
START_S = 1800.0  # recovery after a crash takes about a second, of a very large store on a slow disk far longer
LOG_BYTES = 1_000_000  # a longer log is moved aside at the next start
RESTARTS = 5  # more deaths than this in a row, each ...
SHORT_LIFE_S = 5.0  # ... so soon after the start, are no accident
LOW_BYTES = 32_000_000  # free on the disk: with less, the server is ended in good order ...
ROOM_BYTES = 64_000_000  # ... until there is so much: one that meets a full disk loses what it acknowledged last
LOOK_S = 1.0  # how often that, and whether the server still works, is looked at
PAUSE_S = 0.01

_BROKEN = "WT_PANIC"  # its storage has stopped for good, and it answers every question with an error

_PR_SET_PDEATHSIG = 1
_OP_MSG = 2013
_LISTENING = "listening on "


class Failed(Exception):
    """The server cannot be kept running; the log says more."""


class Place:
    """The files of one data folder, by what they are for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "wt"
        self.config = folder / "secantusd.toml"
        self.log = folder / "server.log"
        self.server = folder / "server.json"  # where the server listens; there while it runs
        self.credentials = folder / "credentials.json"
        self.users = folder / "users.pipe"  # every process that uses the database holds its writing end
        self.door = folder / "door.lock"  # held while joining and while deciding to leave, never for both
        self.lock = folder / "server.lock"  # held by the supervisor for its whole life


@contextlib.contextmanager
def held(path: Path, patience_s: float) -> Iterator[None]:
    """The exclusive lock on `path`, which dies with its holder. Raises TimeoutError after `patience_s`."""
    give_up = time.monotonic() + patience_s
    with path.open("w") as file:
        while not _locked(file.fileno()):
            if time.monotonic() > give_up:
                raise TimeoutError(path)
            time.sleep(PAUSE_S)
        yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def forsaken(pipe: int) -> bool:
    """Whether nobody holds the writing end of the non-blocking pipe whose reading end is `pipe`."""
    try:
        return os.read(pipe, 64) == b""
    except BlockingIOError:
        return False


def write_private(path: Path, content: Mapping[str, object]) -> None:
    """Put JSON at `path` in one step, readable by its owner alone."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def say(text: str) -> None:
    """A line for the server's log, which is our standard error."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    sys.stderr.write(f"[{stamp} supervisor] {text}\n")
    sys.stderr.flush()


# ---- the server's process


class Server:
    """One run of the server's binary."""

    def __init__(self, place: Place, binary: str, port: int, *options: str) -> None:
        read_from = place.log.stat().st_size
        self._log, self._read_to = place.log, read_from
        self.started, self.ended_by_us = time.monotonic(), False
        self.process = subprocess.Popen(
            [*_command(place, binary, port), *options],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            stderr=sys.stderr,
            preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509  this process has one thread
        )
        try:
            self.port = self._listening(place.log, read_from)
        except BaseException:
            self.stop()
            raise

    def _listening(self, log: Path, read_from: int) -> int:
        give_up = time.monotonic() + START_S
        while time.monotonic() < give_up:
            ended = not self.alive()
            if port := _port_in(log, read_from):
                return port
            if ended:
                raise Failed(f"the server ended at once, with code {self.process.returncode}")
            time.sleep(PAUSE_S)
        raise Failed(f"the server was not ready after {START_S:.0f} s")

    def alive(self) -> bool:
        return self.process.poll() is None

    def broken(self) -> bool:
        """Whether its log has said so since the last look."""
        text = _log_from(self._log, self._read_to)
        self._read_to += text.rfind(b"\n") + 1
        return _BROKEN.encode() in text

    def kill(self) -> None:
        self.ended_by_us = True
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it cleanly, or by force when that takes too long."""
        self.ended_by_us = True
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            say("the server did not stop: killing it")
            self.kill()


def _command(place: Place, binary: str, port: int) -> list[str]:
    return [
        *(binary, "--config", str(place.config)),  # without one, a file in the working directory takes over
        *("--host", "127.0.0.1", "--port", str(port), "--storage-path", str(place.data)),
        "--sync-on-commit",  # nothing less survives kill -9: acknowledged writes were lost in every run without
        *("--cache-size", "128M", "--log-file-max", "64MB", "--log-level", "INFO"),
    ]


def _die_with(parent: int) -> Callable[[], None] | None:
    """What the child does before it becomes the server: ask Linux to end it when we are killed."""
    if sys.platform != "linux":
        return None
    import ctypes

    prctl = ctypes.CDLL(None).prctl

    def prepare() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # killed before we could ask
            os._exit(1)

    return prepare


def _port_in(log: Path, read_from: int) -> int | None:
    text = _log_from(log, read_from).decode(errors="replace")
    _, found, rest = text.partition(_LISTENING)
    address, line_end, _ = rest.partition("\n")
    return int(address.rpartition(":")[2]) if found and line_end else None


def _log_from(log: Path, position: int) -> bytes:
    with log.open("rb") as file:
        file.seek(position)
        return file.read()


# ---- its only user


def credentials(place: Place, binary: str) -> dict[str, str]:
    """The name and password of the server's one user, created when the folder has none yet."""
    if not place.credentials.exists():
        user = {"user": f"stepline-{os.urandom(4).hex()}", "password": os.urandom(24).hex()}
        open_to_all = Server(place, binary, 0)  # it has no way to create a first user when started with --auth
        try:
            _create_user(open_to_all.port, user)
        finally:
            open_to_all.stop()
        write_private(place.credentials, user)
    known: dict[str, str] = json.loads(place.credentials.read_text())
    return known


def _create_user(port: int, user: dict[str, str]) -> None:
    command = _bson(
        {
            "createUser": user["user"],
            "pwd": user["password"],
            "roles": [{"role": "root", "db": "admin"}],
            "$db": "admin",
        }
    )
    message = struct.pack("<iiiiiB", 21 + len(command), 1, 0, _OP_MSG, 0, 0) + command
    with socket.create_connection(("127.0.0.1", port), timeout=STOP_S) as connection:
        connection.sendall(message)
        reply = connection.recv(4096)
    if b"\x01ok\0" + struct.pack("<d", 1.0) not in reply:
        raise Failed(f"the server refused to create its user: {reply!r}")


def _bson(document: dict[str, object]) -> bytes:
    body = b"".join(_element(key, value) for key, value in document.items())
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def _element(key: str, value: object) -> bytes:
    name = key.encode() + b"\0"
    if isinstance(value, dict):
        return b"\x03" + name + _bson(value)
    if isinstance(value, list):
        return b"\x04" + name + _bson({str(index): item for index, item in enumerate(value)})
    text = str(value).encode() + b"\0"
    return b"\x02" + name + struct.pack("<i", len(text)) + text


# ---- watching over it


class Supervisor:
    """Starts the server, revives it when it dies, and stops it when nobody uses it any more."""

    def __init__(self, place: Place, binary: str, users: int) -> None:
        self._place = place
        self._binary = binary
        self._users = users
        self._deaths = 0
        self._full = False
        if self._free() < LOW_BYTES:
            raise Failed(f"No space left on device: {LOW_BYTES // 1_000_000} MB have to be free")
        self._wake = _woken_by_signals()
        self._user = credentials(place, binary)
        self._server = self._start(0)

    def run(self) -> None:
        try:
            self._publish()
            while not self._closed():
                select.select([self._users, self._wake], [], [], LOOK_S)
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake, 4096)
                self._look()
                self._revive()
        finally:
            self._leave()

    def _start(self, port: int) -> Server:
        return Server(self._place, self._binary, port, "--auth")

    def _publish(self) -> None:
        name, password = self._user["user"], self._user["password"]
        uri = f"mongodb://{name}:{password}@127.0.0.1:{self._server.port}/?directConnection=true"
        mine = {"supervisor": os.getpid(), "host": socket.gethostname()}
        write_private(self._place.server, {"uri": uri, "server": self._server.process.pid, **mine})

    def _revive(self) -> None:
        """Start a dead server again, on its port: clients then find it by themselves."""
        while not self._server.alive():
            if not self._has_room():
                return
            self._note_death()
            say(f"the server ended with code {self._server.process.returncode}: starting it again")
            try:
                self._server = self._start(self._server.port)
                self._publish()
            except Failed as failure:
                say(str(failure))
                time.sleep(2.0**self._deaths / 10)

    def _look(self) -> None:
        """Ends a server that works no more, or soon would not."""
        if not self._server.alive():
            return
        if self._server.broken():
            say("the server's storage has stopped: ending it")
            self._server.kill()
        elif self._free() < LOW_BYTES:
            say(f"No space left on device: the server ends until {ROOM_BYTES // 1_000_000} MB are free")
            self._server.stop()
            self._full = True

    def _has_room(self) -> bool:
        """On a full disk the server would stop again; users may leave while it waits for room."""
        self._full = self._free() < (ROOM_BYTES if self._full else LOW_BYTES)
        return not self._full

    def _free(self) -> int:
        return shutil.disk_usage(self._place.folder).free

    def _note_death(self) -> None:
        short = time.monotonic() - self._server.started < SHORT_LIFE_S and not self._server.ended_by_us
        self._deaths = self._deaths + 1 if short else 1
        if self._deaths > RESTARTS:
            raise Failed(f"the server died {self._deaths} times in a row, each within {SHORT_LIFE_S:.0f} s")

    def _closed(self) -> bool:
        """True when the last user is gone; from then on nobody can join this supervisor."""
        if not forsaken(self._users):
            return False
        with held(self._place.door, START_S):
            if not forsaken(self._users):  # somebody joined meanwhile
                return False
            self._shut()
        return True

    def _shut(self) -> None:
        self._place.server.unlink(missing_ok=True)
        os.close(self._users)

    def _leave(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)  # already doing what they ask for
        self._place.server.unlink(missing_ok=True)
        self._server.stop()


def _woken_by_signals() -> int:
    """A descriptor that becomes readable when a child ends; SIGTERM and SIGINT end this process in good order."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    signal.signal(signal.SIGCHLD, _note)
    signal.signal(signal.SIGTERM, _exit)
    signal.signal(signal.SIGINT, _exit)
    return reader


def _note(_number: int, _frame: FrameType | None) -> None:
    """A handler, whatever it does, makes the signal write to the wake-up descriptor."""


def _exit(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def main(binary: str, folder: str) -> None:
    """Supervise the server of `folder` until its last user is gone. Standard input is the folder's users pipe."""
    if os.fork():  # outlives the process that started it, so it is the child of none
        os._exit(0)
    os.umask(0o077)
    users = sys.stdin.fileno()
    os.set_blocking(users, False)  # gevent's subprocess has cleared it
    place = Place(Path(folder))
    try:
        with held(place.lock, STOP_S * 2):  # the one before us may still be stopping
            Supervisor(place, binary, users).run()
    except (Failed, OSError) as failure:
        say(str(failure))
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
