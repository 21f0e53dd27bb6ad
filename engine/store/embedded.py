"""The embedded database: a MongoDB-compatible server, run as a child process for whoever has no MongoDB.

Every process that names the same data folder shares one server. The first to come starts it, through the small
supervisor of `supervisor.py`; the last to go takes it along, even when it goes by `kill -9`. This module starts,
joins and leaves: it speaks no database protocol and imports nothing of the server's own Python package.
"""

from __future__ import annotations

import errno
import json
import os
import platform
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any

from engine.store import supervisor
from engine.store.supervisor import Place, forsaken, held

PATIENCE_S = 2000.0  # longer than any start of the server, its recovery after a crash included
STOP_PATIENCE_S = supervisor.STOP_S * 2
LOG_LINES = 12

_ADVICE = {
    "No space left on device": "The disk is full: free some space.",
    "already being managed by another process": "Another database server still uses this folder: stop it.",
    "error while loading shared libraries": "The server's binary does not fit this system: set STEPLINE_MONGO_URI.",
    "server.lock": "The server that ran here before is still stopping: try again in a moment.",
}
_DEFAULT_ADVICE = "Move the folder away to start afresh, restore it from a backup, or set STEPLINE_MONGO_URI."


class EmbeddedUnavailable(RuntimeError):
    """The embedded database cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Running:
    """A server that answers at `uri`; `shared` when another process had started it already."""

    uri: str
    pid: int
    shared: bool


class Embedded:
    """One process's hold on the server of a data folder: the server runs as long as anybody holds it.

    The hold goes with this object, so keep it. A child made by `fork` alone inherits it; start it after forking.
    """

    def __init__(self, folder: Path) -> None:
        self._place = Place(Path(folder).absolute())
        self._hold: FileIO | None = None
        self._running: Running | None = None

    def start(self) -> Running:
        """Join the folder's server, or start one. Raises `EmbeddedUnavailable`. A second call changes nothing."""
        if self._running is None:
            with self._explained():
                self._prepare()
                with held(self._place.door, PATIENCE_S):
                    self._running = self._join() or self._launch()
        return self._running

    def stop(self) -> None:
        """Let go. The last process to do so returns when the server has stopped. A second call changes nothing."""
        if self._hold is None:
            return
        with self._hold:
            last = self._let_go()
        self._hold = self._running = None
        if last:
            self._await_end()

    def __enter__(self) -> Running:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            raise EmbeddedUnavailable(
                f"another process has been starting the database in {self._place.folder} for a long time: "
                f"see {self._place.log}"
            ) from None
        except OSError as error:
            raise EmbeddedUnavailable(
                f"the data folder {self._place.folder} cannot be used: {error.strerror or error}. "
                "Give Stepline a folder of its own on a local disk."
            ) from error

    def _prepare(self) -> None:
        folder = self._place.folder
        folder.mkdir(parents=True, exist_ok=True)
        if folder.stat().st_mode & stat.S_ISVTX:  # such as /tmp: making it private would lock everybody out
            raise EmbeddedUnavailable(f"{folder} is shared by all users: give Stepline a folder of its own.")
        folder.chmod(0o700)
        _refuse_headless_data(self._place)

    # ---- joining and launching, behind the door

    def _join(self) -> Running | None:
        """A hold on the running server, or None when no supervisor is there."""
        hold = _writing_end(self._place.users)
        return None if hold is None else self._held_by(hold, shared=True, log_from=_size(self._place.log))

    def _launch(self) -> Running:
        binary = find_binary()
        place = self._place
        place.server.unlink(missing_ok=True)  # of a supervisor that was killed
        place.config.touch()
        with suppress(FileExistsError):
            os.mkfifo(place.users, 0o600)
        with _end(place.users, os.O_RDONLY) as reader:
            hold = _end(place.users, os.O_WRONLY)
            log_from = _spawn_supervisor(place, binary, reader)
        return self._held_by(hold, shared=False, log_from=log_from)

    def _held_by(self, hold: FileIO, *, shared: bool, log_from: int) -> Running:
        try:
            about = self._await_server(log_from)
        except BaseException:
            hold.close()
            raise
        self._hold = hold
        return Running(uri=about["uri"], pid=about["server"], shared=shared)

    def _await_server(self, log_from: int) -> dict[str, Any]:
        give_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up:
            alone = _without_reader(self._place.users)  # asked first: the last word is the file's
            with suppress(FileNotFoundError):
                return _of_this_machine(json.loads(self._place.server.read_text()), self._place)
            if alone:
                break
            time.sleep(supervisor.PAUSE_S)
        raise EmbeddedUnavailable(_why(self._place, log_from))

    # ---- leaving

    def _let_go(self) -> bool:
        """Drop the hold. True when it was the last one."""
        assert self._hold is not None  # noqa: S101  our only caller has looked
        try:
            with held(self._place.door, PATIENCE_S), _end(self._place.users, os.O_RDONLY) as reader:
                self._hold.close()
                return forsaken(reader.fileno())
        except FileNotFoundError:  # somebody deleted the folder
            return False

    def _await_end(self) -> None:
        # A supervisor that is stuck keeps its lock; it kills its server itself, so there is nothing to add.
        with suppress(TimeoutError), held(self._place.lock, STOP_PATIENCE_S):
            pass


def find_binary() -> Path:
    """The server's binary, which its wheel puts beside its package. Raises `EmbeddedUnavailable`."""
    for folder in sys.path:
        binary = Path(folder) / "secantusdb.scripts" / "secantusd-rs"
        if binary.is_file():
            return binary
    system = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    raise EmbeddedUnavailable(
        f"there is no embedded database for {system}. "
        "Set STEPLINE_MONGO_URI to a MongoDB, for example mongodb://127.0.0.1:27017/stepline"
    )


def _spawn_supervisor(place: Place, binary: Path, reader: FileIO) -> int:
    """Start it with the users pipe as its input. Returns where in the log its words begin."""
    log_from = _size(place.log)
    if log_from > supervisor.LOG_BYTES:
        place.log.replace(place.log.with_suffix(".log.1"))
        log_from = 0
    script = str(Path(supervisor.__file__).resolve())
    command = [sys.executable, "-I", "-S", script, str(binary), str(place.folder)]
    with place.log.open("ab") as log:
        subprocess.run(command, stdin=reader, stdout=log, stderr=log, start_new_session=True, check=False)
    return log_from


def _end(pipe: Path, way: int) -> FileIO:
    """One end of the pipe. A file, since gevent puts `os.close` off and here a close has to count at once."""
    return FileIO(os.open(pipe, way | os.O_NONBLOCK), "wb" if way == os.O_WRONLY else "rb")


def _writing_end(pipe: Path) -> FileIO | None:
    """The pipe's writing end, or None when nobody reads it: then no supervisor is alive."""
    try:
        return _end(pipe, os.O_WRONLY)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.ENXIO:
            return None
        raise


def _without_reader(pipe: Path) -> bool:
    end = _writing_end(pipe)
    if end is not None:
        end.close()
    return end is None


def _of_this_machine(about: dict[str, Any], place: Place) -> dict[str, Any]:
    """A folder on a shared volume may be served from elsewhere, at an address that means nothing here."""
    if about["host"] != socket.gethostname():
        raise EmbeddedUnavailable(
            f"the data folder {place.folder} is in use by {about['host']}, another machine or container. "
            "The embedded database serves one machine: set STEPLINE_MONGO_URI to a MongoDB for both."
        )
    return about


def _refuse_headless_data(place: Place) -> None:
    """The server would start empty over tables whose catalogue is missing, and the data would be gone for good."""
    tables = [path for path in place.data.glob("*.wt") if not path.name.startswith("WiredTiger")]
    if tables and not (place.data / "WiredTiger.turtle").exists():
        raise EmbeddedUnavailable(
            f"the database in {place.data} is damaged: its tables are there, its file WiredTiger.turtle is not. "
            f"{_DEFAULT_ADVICE}"
        )


def _why(place: Place, log_from: int) -> str:
    with place.log.open("rb") as log:
        log.seek(log_from)
        text = log.read().decode(errors="replace")
    advice = next((advice for sign, advice in _ADVICE.items() if sign in text), _DEFAULT_ADVICE)
    lines = "\n  ".join(text.splitlines()[-LOG_LINES:])
    return f"the embedded database in {place.folder} did not start. {advice}\n{place.log} ends with:\n  {lines}"


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
