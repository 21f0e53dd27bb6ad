"""Where definitions lie: a file with many, or a folder with a file for each, on the disk or in a zip.

A folder has `apis/<id>.yaml`, `steps/<id>.yaml` and `systems/<id>.yaml`. Hidden files and folders are left alone.
"""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from engine.model import DefinitionKind, Invalid, Problem

from .form import Documents, as_file, canonical, in_code, in_order
from .limits import MOST_BYTES, MOST_FILES, Unreadable
from .text import SUFFIXES, Format, text_of, value_of

FOLDERS: Mapping[DefinitionKind, str] = {"api": "apis", "step": "steps", "system": "systems"}
_ZIP_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""Others may ask for gigabytes before the first byte is there."""
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""A zip's earliest moment: the same definitions make the same zip."""


@dataclass(frozen=True, slots=True)
class File:
    """`name` is its path, with slashes."""

    name: str
    data: bytes

    @property
    def stem(self) -> str:
        return PurePosixPath(self.name).stem

    @property
    def kind(self) -> str:
        """What its folder says it is; empty when it lies in none of ours."""
        return next((kind for kind, folder in FOLDERS.items() if folder == PurePosixPath(self.name).parent.name), "")


# -- out ---------------------------------------------------------------------------------------------


def file_of(documents: Documents, format_: Format, name: str = "definitions") -> File:
    """All in one. Raises `Invalid` for what the format cannot hold."""
    return File(f"{name}.{format_}", _written(f"{name}.{format_}", as_file(documents), format_))


def folder_of(documents: Documents, format_: Format) -> list[File]:
    """A file each. Raises `Invalid` for what the format or a disk cannot hold."""
    files: dict[str, File] = {}
    for (kind, id_), document in in_order(documents):
        name = f"{FOLDERS[kind]}/{id_}.{format_}"
        if (other := files.get(name.lower())) is not None:
            hint = "rename one, or write one file instead of a folder"
            raise Invalid([Problem(name, f"some disks cannot tell it from {other.name}", hint)])
        files[name.lower()] = File(name, _written(name, in_code(document), format_))
    return list(files.values())


def zip_of(files: Iterable[File]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.writestr(zipfile.ZipInfo(file.name, _LONG_AGO), file.data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def keep_folder(root: Path, files: Iterable[File], remove_others: bool) -> Iterator[tuple[str, str]]:
    """Writes what says something else than what lies there; `written` or `removed`, and the name, for each.

    A file that says the same stays as it is, with its comments.
    """
    there = _by_place(_on_disk(root)) if root.is_dir() else {}
    for file in files:
        old = there.pop((file.kind, file.stem), [])
        if len(old) == 1 and _says_the_same(old[0], file):
            continue
        (root / file.name).parent.mkdir(parents=True, exist_ok=True)
        (root / file.name).write_bytes(file.data)
        yield "written", file.name
        yield from _removed(root, (one for one in old if one.name != file.name))
    if remove_others:
        yield from _removed(root, (one for (kind, _id), many in there.items() if kind for one in many))


def _removed(root: Path, files: Iterable[File]) -> Iterator[tuple[str, str]]:
    for file in files:
        (root / file.name).unlink()
        yield "removed", file.name


def _by_place(files: Iterable[File]) -> dict[tuple[str, str], list[File]]:
    found: dict[tuple[str, str], list[File]] = {}
    for file in files:
        if file.name.count("/") == 1:
            found.setdefault((file.kind, file.stem), []).append(file)
    return found


def _says_the_same(old: File, new: File) -> bool:
    try:
        return canonical(value_of(old.data, old.name)) == canonical(value_of(new.data, new.name))
    except Unreadable:
        return False


def _written(name: str, value: object, format_: Format) -> bytes:
    try:
        return text_of(value, format_).encode()
    except Unreadable as error:
        raise Invalid([Problem(name, error.message, error.hint)]) from None


# -- in ----------------------------------------------------------------------------------------------


def files_at(path: Path) -> list[File]:
    """A file, or every YAML and JSON file of a folder. Raises `Invalid` when there is none, or too much."""
    try:
        found = _in_folder(path) if path.is_dir() else _within([_file_alone(path)])
    except OSError as error:
        raise Invalid([Problem(str(path), f"cannot be read: {error.strerror}")]) from None
    if not found:
        raise Invalid(
            [Problem(str(path), "has no YAML or JSON file", "name the folder that holds apis, steps, systems")]
        )
    return found


def _file_alone(path: Path) -> tuple[str, Callable[[int], bytes]]:
    """Its folder belongs to its name: it may tell what the file is."""
    folder = path.absolute().parent.name
    named = path.parent.name == folder or folder not in FOLDERS.values()
    return path.as_posix() if named else f"{folder}/{path.name}", _reader(path)


def _in_folder(root: Path) -> list[File]:
    """By the names that a terminal knows, so that a problem leads there."""
    return _within((path.as_posix(), _reader(path)) for path in _paths(root))


def _on_disk(root: Path) -> list[File]:
    """By their names in the folder."""
    return _within((path.relative_to(root).as_posix(), _reader(path)) for path in _paths(root))


def _paths(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if _is_ours(name):
                yield Path(folder, name)


def _is_ours(name: str) -> bool:
    return not name.startswith(".") and name.lower().endswith(SUFFIXES)


def _reader(path: Path) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        with path.open("rb") as file:
            return file.read(most)

    return read


def files_in_zip(data: bytes) -> list[File]:
    """Raises `Invalid` for what is no zip, holds no definitions or unpacks to too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = _within((info.filename, _member(archive, info)) for info in archive.infolist() if _is_wanted(info))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise Invalid([Problem("", f"the zip cannot be read: {error}", "pack it anew, without a password")]) from None
    if not found:
        raise Invalid([Problem("", "the zip has no YAML or JSON file", "pack the folders apis, steps and systems")])
    return found


def _is_wanted(info: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(info.filename).parts
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return not info.is_dir() and not hidden and _is_ours(parts[-1] if parts else "")


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        if info.compress_type not in _ZIP_METHODS:
            raise ValueError(f"{info.filename} is packed in a way that is not read here")
        with archive.open(info) as file:
            return file.read(most)

    return read


def _within(sources: Iterable[tuple[str, Callable[[int], bytes]]]) -> list[File]:
    """Never reads more than may be there, whatever a header says."""
    found: list[File] = []
    left = MOST_BYTES
    for name, read in sources:
        data = read(left + 1)
        left -= len(data)
        if left < 0:
            raise Invalid([Problem(name, f"this is more than {MOST_BYTES:,} bytes", "take some of it at a time")])
        found.append(File(name, data))
        if len(found) > MOST_FILES:
            raise Invalid([Problem(name, f"there are more than {MOST_FILES:,} files", "take some at a time")])
    return found
