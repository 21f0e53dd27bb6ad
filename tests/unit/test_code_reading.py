"""What is read as definitions, what is refused and where, and how little a bomb costs."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.code import File, files_at, files_in_zip, read_files, read_pasted
from engine.code.text import value_of
from engine.command import read_source
from engine.model import Invalid

ROOT = Path(__file__).resolve().parents[2]


def problems(*files: File) -> list[str]:
    with pytest.raises(Invalid) as caught:
        read_source(files)
    return list(map(str, caught.value.problems))


def a_file(text: str, name: str = "all.yaml") -> File:
    return File(name, text.encode())


# -- words without quotes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word", ["on", "off", "yes", "no", "y", "N", "1:30", "22:22:22", "010", "0o10", "0x1F", "1_000", "+1", ".5", "1.",
             "2026-11-30", "2026-11-30T09:00:00Z", ".5e1", "nan", "None", "="],
)  # fmt: skip
def test_what_json_would_not_call_a_value_is_text(word: str) -> None:
    assert value_of(f"a: {word}".encode()) == {"a": word}


@pytest.mark.parametrize(
    ("word", "value"),
    [("true", True), ("False", False), ("null", None), ("~", None), ("", None), ("0", 0), ("-12", -12), ("1.50", 1.5),
     ("1e3", 1000.0)],
)  # fmt: skip
def test_what_json_would_call_a_value_is_one(word: str, value: Any) -> None:
    told = value_of(f"a: {word}".encode())["a"]
    assert (type(told), told) == (type(value), value)


def test_a_key_is_text_whatever_it_looks_like() -> None:
    assert value_of(b"on: 1\n1: 2\nnull: 3\n2026-11-30: 4\n") == {"on": 1, "1": 2, "null": 3, "2026-11-30": 4}


def test_a_mark_in_front_and_a_line_s_end_of_windows_do_no_harm() -> None:
    raw = read_files([File("all.yaml", "\ufeffapi:\r\n  - _id: é\r\n".encode())]).raw
    assert raw["api"] == [{"_id": "é"}]


# -- what is refused, and where ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("api: &a []\nstep: *a\n", "all.yaml:1: anchors (&a) are not read"),
        ("api:\n  - *a\n", "all.yaml:2: aliases (*a) are not read"),
        ("api:\n  - <<: {url: x}\n", "all.yaml:2: merge keys (<<) are not read"),
        ("api: !!python/object/apply:os.system [x]\n", "all.yaml:1: tags (tag:yaml.org,2002:python/"),
        ("api: !x 1\n", "all.yaml:1: tags (!x) are not read"),
        ("api: []\n\napi: []\n", "all.yaml:3: the key 'api' stands here twice"),
        ("api: []\n---\nstep: []\n", "all.yaml:2: a second document begins here"),
        ("api:\n\t- a\n", "all.yaml:2: is no YAML: found character that cannot start any token (indent with spaces"),
        ("api: [\n", "all.yaml:2: is no YAML"),
        ("[a]: 1\n", "all.yaml:1: a key is plain text"),
        ("", "all.yaml: is empty"),
        ("# nothing\n", "all.yaml: is empty"),
        ("a: \x01", "all.yaml: is no YAML"),
        ("just text", "all.yaml:1: expected {"),
        ("apis: []\n", "all.yaml:1: apis: is no kind of document (use api, step, system, task)"),
        ("api: {}\n", "all.yaml:1: api: expected {"),
        ("api: []\n", "all.yaml: there is no definition in it"),
        ("_id: a\n", "all.yaml:1: this is one definition, and nothing says of what kind (put it into a folder"),
        (f"api: {'9' * 5000}\n", "all.yaml:1: this number has too many digits"),
    ],
)  # fmt: skip
def test_yaml_that_cannot_be_used_is_refused_with_its_line(text: str, told: str) -> None:
    assert problems(a_file(text))[0].startswith(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"api": [],\n "step": }', "all.json:2: is no JSON: Expecting value (column 10)"),
        ('{"api": [{"_id": "a", "_id": "b"}]}', "all.json: the key '_id' stands twice in one object"),
        ("[" * 200 + "]" * 200, "all.json: lists and objects are nested more than 100 deep"),
        ("[" * 100_000, "all.json: is nested too deep"),
        ("9" * 5000, "all.json: a number in it has too many digits"),
        ("", "all.json:1: is no JSON"),
    ],
)
def test_json_that_cannot_be_used_is_refused_with_its_line_where_it_is_known(text: str, told: str) -> None:
    assert problems(a_file(text, "all.json"))[0].startswith(told)


@pytest.mark.parametrize("name", ["all.yaml", "all.json"])
def test_a_mistake_in_a_definition_is_told_with_its_line(name: str) -> None:
    apis = '{"_id": "a", "url": "http://h",\n  "timeout_s": 0},\n {"_id": "b"}'
    text = f'{{"api": [\n {apis}],\n"step": [\n {{"_id": "no dots.",\n "checklink": [\n{{}}]}}]}}'
    assert [one.partition(" (")[0] for one in problems(a_file(text, name))] == [
        f"{name}:3: api.a.timeout_s: input should be greater than 0",
        f"{name}:4: api.b.url: field required",
        f"{name}:6: step.no dots.._id: string should match pattern '^[A-Za-z0-9_-]{{1,64}}$'",
        f"{name}:8: step.no dots..checklink[0]._id: field required",
        f"{name}:8: step.no dots..checklink[0].api: field required",
    ]


def test_every_file_s_problems_are_told_at_once() -> None:
    told = problems(a_file("a: *b", "apis/a.yaml"), a_file("{", "apis/b.json"), File("steps/c.yaml", b"ok\n\xff"))
    assert [one.split(": ")[0] for one in told] == ["apis/a.yaml:1", "apis/b.json:1", "steps/c.yaml:2"]


def test_a_definition_that_stands_in_two_files_is_refused_with_both() -> None:
    api = "_id: a\nurl: http://h\n"
    assert problems(a_file(api, "apis/a.yaml"), a_file(api, "apis/a.yml")) == [
        "apis/a.yml:1: the api a stands in apis/a.yaml too (remove one)"
    ]
    assert problems(a_file("api:\n - _id: a\n   url: http://h\n - _id: a\n   url: http://h\n"))[0].startswith(
        "all.yaml:4: "
    )


def test_a_file_is_named_after_what_is_in_it() -> None:
    told = problems(a_file("_id: b\nurl: http://h\n", "apis/a.yaml"))
    assert told == ["apis/a.yaml:1: its _id is b (call the file b, or the api a)"]


def test_what_has_no_name_or_is_no_list_does_no_harm() -> None:
    assert "api is a JSON object, this is int" in problems(a_file("api: [1]"))[0]
    assert "_id" in problems(a_file("api: [{_id: {}, url: 1}]"))[0]


def test_a_folder_without_definitions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="has no YAML or JSON file"):
        files_at(tmp_path)


@given(st.text(), st.sampled_from(["a.yaml", "a.json", "apis/a.yaml", ""]))
def test_any_text_is_read_or_refused(text: str, name: str) -> None:
    with suppress(Invalid):
        read_pasted(text, name)


@given(st.binary())
def test_any_bytes_are_a_zip_or_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        files_in_zip(data)


# -- bombs -------------------------------------------------------------------------------------------

M = 3 * 1024 * 1024
BOMBS: dict[str, Callable[[], str]] = {
    "a billion laughs": lambda: "a: &a [x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(99)),
    "deep lists": lambda: "[" * M,
    "deep objects": lambda: "{a: " * (M // 4),
    "deep blocks": lambda: "- " * (M // 2),
    "many lists": lambda: "[" + "[]," * (M // 3 - 9) + "]",
    "many nulls": lambda: "-\n" * (M // 2),
    "many keys": lambda: "{" + ",".join(f"k{n}: 1" for n in range(250_000)) + "}",
    "one long word": lambda: "a: " + "x" * (M - 9),
    "one long text with an emoji": lambda: "a: \U0001f600" + "x" * (M - 9),
    "many mistakes": lambda: "api:\n" + "- {}\n" * 100_000,
    "json, many lists": lambda: '{"a": [' + "[]," * (M // 3 - 9) + "[]]}",
    "json, just allowed": lambda: '{"api": [' + "[]," * 199_000 + "[]]}",
    "json, many texts": lambda: '{"api": [' + '"abcdefgh",' * 199_000 + "[]]}",
    "json, deep": lambda: '{"a":' * (M // 5),
}
READ = """
import resource
from engine.code import File, files_in_zip
from engine.command import read_source
from engine.model import Invalid
paths = {paths!r}
there = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (there + 64 * 1024 * 1024,) * 2)
for name, path in paths.items():
    data = open(path, "rb").read()
    try:
        read_source(files_in_zip(data) if path.endswith(".zip") else [File(path, data)])
        print(name, "was read")
    except Invalid as invalid:
        print(name, "refused:", str(invalid.problems[0])[:90])
    except MemoryError:
        print(name, "took more")
"""


def bombs_in(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and path of each."""
    for number, (name, made) in enumerate(BOMBS.items()):
        path = folder / f"{number}.{'json' if name.startswith('json') else 'yaml'}"
        path.write_text(made(), encoding="utf-8")
        yield name, str(path)
    path = folder / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("apis/a.yaml", "w") as file:
        for _ in range(128):
            file.write(b" " * M)
    yield "zip", str(path)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded by RLIMIT_AS, and told by /proc")
def test_a_bomb_is_refused_within_64_mb(tmp_path: Path) -> None:
    script = READ.format(paths=dict(bombs_in(tmp_path)))
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-600:]
    told = done.stdout.splitlines()
    assert len(told) == len(BOMBS) + 1
    assert [line for line in told if " refused: " not in line] == []
    assert "this is more than 3,145,728 bytes" in told[-1]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_of_another_method_is_not_unpacked(method: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("apis/a.yaml", "_id: a\n")
    with pytest.raises(Invalid, match="packed in a way that is not read here"):
        files_in_zip(out.getvalue())


def test_a_zip_of_very_many_files_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(5_001):
            archive.writestr(f"apis/a{number}.yaml", "")
    with pytest.raises(Invalid, match="more than 5,000 files"):
        files_in_zip(out.getvalue())
