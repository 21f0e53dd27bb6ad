"""Says on the next page what has been done, with a link to it: a toast."""

from __future__ import annotations

from flask import flash


def done(text: str, href: str = "", link: str = "") -> None:
    """`link` is the text that leads to `href`."""
    flash({"text": text, "href": href, "link": link}, "done")  # type: ignore[arg-type]  # the cookie keeps any JSON
