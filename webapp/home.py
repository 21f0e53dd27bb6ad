"""The front door: where `/` leads, and whether we are up."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, url_for

from .rights import public

home = Blueprint("home", __name__)


@home.get("/")
@public
def index():
    return redirect(url_for("tasks.index"))


@home.get("/healthz")
@public
def healthz():
    return {"ok": True, "version": current_app.config["VERSION"]}


@home.get("/favicon.ico")
@public
def favicon():
    return current_app.send_static_file("favicon.svg")
