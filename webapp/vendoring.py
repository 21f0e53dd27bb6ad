"""Fetches the front-end files that the pages use and locks them: `make vendor`.

Not part of the running product: the files are committed, byte for byte as published, so that nothing is
built or downloaded at run time. A package at its locked version must be the very tarball that was locked; to
move to another version, change it here, run `make vendor` and read the difference.

The code editor is published as many small modules: they are bundled into one file, from the versions and hashes
of `editor/package-lock.json`. To move to others, change `editor/package.json`, run `npm install
--package-lock-only --omit-lockfile-registry-resolved` there, then `make vendor`.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = Path("webapp/static/vendor")
AXE = Path("tests/e2e/vendor")
LOCK = VENDOR / "lock.json"
EDITOR = Path("webapp/editor")
SPRITE = Path("templates/components/sprite.html")
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = ("viewBox", "fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin")


@dataclass(frozen=True)
class Package:
    """One npm package: which of its files go where in the repository."""

    name: str
    version: str
    files: dict[str, Path]
    icons: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Bundle:
    """Modules of several npm packages in one file: its entry and the packages' lock are in `source`."""

    name: str
    source: Path
    entry: str
    script: Path
    licence: Path


BUNDLES = (
    Bundle(
        "codemirror", EDITOR, "codemirror.js", VENDOR / "codemirror.min.js", VENDOR / "codemirror.LICENSE.txt"
    ),
)  # fmt: skip
BUNDLER = "esbuild"
LOCKED_BY = ("package.json", "package-lock.json")

PACKAGES = (
    # Looks for what keeps people out of a page; axe is what the others wrap.
    Package("axe-core", "4.14.1", {"axe.min.js": AXE / "axe.min.js", "LICENSE": AXE / "axe.LICENSE.txt"}),
    Package(
        "htmx.org",
        "4.0.1",
        {"dist/htmx.min.js": VENDOR / "htmx.min.js", "LICENSE": VENDOR / "htmx.LICENSE.txt"},
    ),
    Package(
        "bootstrap",
        "5.3.9",
        {
            "dist/css/bootstrap.min.css": VENDOR / "bootstrap.min.css",
            "LICENSE": VENDOR / "bootstrap.LICENSE.txt",
        },
    ),
    Package(
        "sortablejs",
        "1.15.7",
        {"Sortable.min.js": VENDOR / "sortable.min.js", "LICENSE": VENDOR / "sortable.LICENSE.txt"},
    ),
    Package(
        "lucide-static",
        "1.62.0",
        {"LICENSE": VENDOR / "lucide.LICENSE.txt"},
        icons=(
            "activity",
            "arrow-down",
            "arrow-right",
            "arrow-up",
            "ban",
            "bell",
            "bookmark",
            "calendar-clock",
            "chart-gantt",
            "check",
            "chevron-down",
            "chevron-left",
            "chevron-right",
            "circle",
            "circle-check",
            "circle-dashed",
            "circle-help",
            "circle-pause",
            "circle-x",
            "clock",
            "columns-3",
            "copy",
            "cpu",
            "download",
            "ellipsis",
            "eye",
            "file-code",
            "file-diff",
            "file-json",
            "flag",
            "flask-conical",
            "funnel",
            "gauge",
            "git-compare",
            "globe",
            "grip-vertical",
            "history",
            "hourglass",
            "house",
            "indent-decrease",
            "indent-increase",
            "info",
            "key-round",
            "key-square",
            "keyboard",
            "languages",
            "layers",
            "link",
            "list-checks",
            "list-tree",
            "loader",
            "lock",
            "log-out",
            "minus",
            "moon",
            "pause",
            "pencil",
            "play",
            "plug",
            "plus",
            "rotate-ccw",
            "save",
            "search",
            "send",
            "server",
            "settings",
            "skip-forward",
            "split",
            "square-check",
            "sun",
            "table",
            "tag",
            "terminal",
            "timer",
            "trash-2",
            "triangle-alert",
            "undo-2",
            "upload",
            "user",
            "user-check",
            "users",
            "wand-sparkles",
            "workflow",
            "x",
            "zap",
        ),
    ),
)


def main() -> None:
    """Write every vendored file and the lock; refuse a tarball that is not the locked one."""
    locked = _locked_integrity()
    entries = []
    with tempfile.TemporaryDirectory() as scratch:
        for package in PACKAGES:
            tarball = _download(package, Path(scratch))
            integrity = _sri("sha512", tarball.read_bytes())
            if locked.get((package.name, package.version), integrity) != integrity:
                sys.exit(f"{package.name} {package.version} is not the tarball in {LOCK}: {integrity}")
            entries.append(_unpack(package, tarball) | {"integrity": integrity})
            print(f"{package.name} {package.version}")
        bundles = [_bundle(bundle, Path(scratch) / bundle.name) for bundle in BUNDLES]
    lock = {"packages": entries, "bundles": bundles}
    (ROOT / LOCK).write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")


def _locked_integrity() -> dict[tuple[str, str], str]:
    if not (ROOT / LOCK).exists():
        return {}
    packages = json.loads((ROOT / LOCK).read_text(encoding="utf-8"))["packages"]
    return {(package["name"], package["version"]): package["integrity"] for package in packages}


def _download(package: Package, folder: Path) -> Path:
    _npm("pack", f"{package.name}@{package.version}", folder=folder)
    return folder / f"{package.name}-{package.version}.tgz"


def _npm(command: str, *args: str, folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("`make vendor` needs npm to download packages: install Node.js")
    subprocess.run([npm, command, "--silent", *args], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def _bundle(bundle: Bundle, folder: Path) -> dict[str, object]:
    """Write one script of many modules, and all their licences; return its entry in the lock."""
    shutil.copytree(ROOT / bundle.source, folder)
    _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)
    options = ("--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=none")
    subprocess.run(
        [folder / "node_modules/.bin" / BUNDLER, bundle.entry, *options, f"--outfile={ROOT / bundle.script}"],
        cwd=folder, check=True,
    )  # fmt: skip
    packages = _bundled_packages(folder / "package-lock.json")
    (ROOT / bundle.licence).write_text(_licences(folder, packages), encoding="utf-8")
    print(f"{bundle.name}, of {len(packages)} packages")
    source = [bundle.source / name for name in (*LOCKED_BY, bundle.entry)]
    return {
        "name": bundle.name,
        "packages": packages,
        "source": _digests(source),
        "files": _digests([bundle.script, bundle.licence]),
    }


def _bundled_packages(lock: Path) -> dict[str, str]:
    """Name → version, all but the bundler's own."""
    found = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    versions = {path.removeprefix("node_modules/"): about["version"] for path, about in found.items() if path}
    return {name: version for name, version in versions.items() if BUNDLER not in name}


def _licences(folder: Path, packages: Mapping[str, str]) -> str:
    texts: dict[str, list[str]] = {}
    for name, version in packages.items():
        text = (folder / "node_modules" / name / "LICENSE").read_text(encoding="utf-8").strip()
        texts.setdefault(text, []).append(f"{name} {version}")
    return "\n\n".join(f"{', '.join(names)}:\n\n{text}" for text, names in texts.items()) + "\n"


def _digests(paths: Iterable[Path]) -> dict[str, str]:
    return {path.as_posix(): _sri("sha384", (ROOT / path).read_bytes()) for path in paths}


def _unpack(package: Package, tarball: Path) -> dict[str, object]:
    """Write the package's files; return its entry in the lock, all but the tarball's integrity."""
    with tarfile.open(tarball) as archive:
        written = {target: _member(archive, source) for source, target in package.files.items()}
        if package.icons:
            icons = {name: _member(archive, f"icons/{name}.svg") for name in package.icons}
            written[SPRITE] = sprite(package, icons)
        licence = json.loads(_member(archive, "package.json"))["license"]
    for target, content in written.items():
        (ROOT / target).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / target).write_bytes(content)
    return {
        "name": package.name,
        "version": package.version,
        "licence": licence,
        "files": {target.as_posix(): _sri("sha384", content) for target, content in written.items()},
    }


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    path = f"package/{name}"
    if path not in archive.getnames() or (member := archive.extractfile(path)) is None:
        sys.exit(f"The package holds no file {name}: was it renamed?")
    return member.read()


def sprite(package: Package, icons: Mapping[str, bytes]) -> bytes:
    """Return a partial with one `<symbol id="i-NAME">` per icon, to be drawn by `<use href="#i-NAME">`."""
    lines = [
        f"{{# {package.name} {package.version}, made by webapp/vendoring.py: change the list there. #}}",
        '<svg class="d-none" width="0" height="0" aria-hidden="true" focusable="false">',
    ]
    for name, source in icons.items():
        icon = ET.fromstring(source)  # noqa: S314 - from a tarball whose hash is locked
        drawn = {"id": f"i-{name}"} | {key: icon.attrib[key] for key in DRAWN}
        lines.append(f"<symbol{_attributes(drawn)}>{''.join(map(_shape, icon))}</symbol>")
    return "\n".join([*lines, "</svg>", ""]).encode()


def _shape(shape: ET.Element) -> str:
    return f"<{shape.tag.removeprefix(SVG)}{_attributes(shape.attrib)}/>"


def _attributes(values: Mapping[str, str]) -> str:
    return "".join(f' {name}="{value}"' for name, value in values.items())


def _sri(algorithm: str, content: bytes) -> str:
    """Return the hash as a Subresource Integrity value, fit for an `integrity` attribute."""
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"


if __name__ == "__main__":
    main()
