"""A command line as people paste it, as its words: quoted as in bash (`$'…'` too) or cmd, over several lines."""

from __future__ import annotations

import re

_GAP = re.compile(r"(?:\s|[\\`^][ \t]*\r?\n)+")
"""Also the ends of lines that go on: with a backslash in bash, a caret in cmd, a backtick in PowerShell."""
_END = re.compile(r"\|\|?|&&?(?=\s|$)|;|\d?>|<")
_PIECE = re.compile(
    r"""'(?P<single>[^']*)' | \$'(?P<ansi>(?:[^'\\]|\\.)*)' | "(?P<double>(?:[^"\\]|\\.)*)"
    | \\\r?\n | \\(?P<escaped>.) | (?P<plain>[^\s'"\\])""",
    re.VERBOSE | re.DOTALL,
)
_IN_DOUBLE = re.compile(r'\\(\r?\n|[\\"$`])')
_IN_ANSI = re.compile(r"\\(?:u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b", "0": "\0"}
_OF_CMD = re.compile(r"\^(\r?\n|.)")


class BadQuoting(ValueError):
    """Somewhere a quote is not closed; the message says where."""


def shell_words(text: str) -> tuple[list[str], str]:
    """The words of the first command, and what stands behind it, such as a pipe. Raises `BadQuoting`."""
    if '^"' in text:  # every quote has its caret there
        text = _OF_CMD.sub(r"\1", text)
    words: list[str] = []
    at = _skip_gap(text, 0)
    while at < len(text) and not _END.match(text, at):
        word, at = _word(text, at)
        words.append(word)
        at = _skip_gap(text, at)
    return words, text[at:].strip()


def _skip_gap(text: str, at: int) -> int:
    gap = _GAP.match(text, at)
    return gap.end() if gap else at


def _word(text: str, at: int) -> tuple[str, int]:
    pieces: list[str] = []
    while at < len(text) and not _GAP.match(text, at):
        piece = _PIECE.match(text, at)
        if piece is None:
            raise BadQuoting(f"a quote is not closed: {text[at : at + 40]!r}")
        pieces.append(_meant(piece))
        at = piece.end()
    return "".join(pieces), at


def _meant(piece: re.Match[str]) -> str:
    if (double := piece["double"]) is not None:
        return _IN_DOUBLE.sub(lambda found: "" if found[1].endswith("\n") else found[1], double)
    if (ansi := piece["ansi"]) is not None:
        return _IN_ANSI.sub(_unescaped, ansi)
    return piece["single"] or piece["escaped"] or piece["plain"] or ""


def _unescaped(found: re.Match[str]) -> str:
    for digits, base in ((found[1], 16), (found[2], 16), (found[3], 16), (found[4], 8)):
        if digits:
            number = int(digits, base)
            return chr(number) if number <= 0x10FFFF else "\ufffd"
    return _LETTERS.get(found[5], found[5])
