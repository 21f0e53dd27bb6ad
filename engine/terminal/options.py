"""JSON that is typed at a terminal."""

from __future__ import annotations

import json
from typing import Any

import click


def json_value(option: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"{option} is no JSON: {error}") from None


def json_object(option: str, text: str) -> dict[str, Any]:
    value = json_value(option, text)
    if not isinstance(value, dict):
        raise click.BadParameter(f"{option} has to be a JSON object: {{...}}")
    return value
