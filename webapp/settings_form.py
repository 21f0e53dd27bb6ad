"""What was chosen on the settings page, and the preferences that it makes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from engine.model import LEAST_ROWS, MOST_ROWS, Invalid, Preferences, Problem

from .language import LANGUAGES, known_zones
from .whole_number import read_whole

THEMES = ("", "light", "dark")
"""Empty: as the system says."""


@dataclass(frozen=True, slots=True)
class SettingsForm:
    """What stands in the fields; kept as typed, so that a mistake loses nothing."""

    language: str
    zone: str
    theme: str
    keys: bool
    rows: str


def form_of(preferences: Preferences) -> SettingsForm:
    return SettingsForm(
        preferences.language, preferences.zone, preferences.theme, preferences.keys, str(preferences.rows)
    )


def typed_form(fields: Mapping[str, str]) -> SettingsForm:
    typed = {name: fields.get(name, "").strip() for name in ("language", "zone", "theme", "rows")}
    return SettingsForm(keys="keys" in fields, **typed)


def read_settings_form(form: SettingsForm, before: Preferences) -> Preferences:
    """`before` with what was chosen; what the form does not show stays. Raises `Invalid` with every problem."""
    problems = [*_unknown("language", form.language, ("", *LANGUAGES)), *_unknown("theme", form.theme, THEMES)]
    if form.zone and form.zone not in known_zones():
        hint = _("choose one from the list, such as Europe/Berlin, or leave it empty")
        problems.append(Problem("zone", _("there is no time zone %(zone)s", zone=repr(form.zone)), hint))
    rows = _rows(form.rows, problems)
    if problems:
        raise Invalid(problems)
    chosen = {"language": form.language, "zone": form.zone, "theme": form.theme, "keys": form.keys, "rows": rows}
    return Preferences.model_validate(before.model_dump() | chosen)


def _unknown(field: str, value: str, known: tuple[str, ...]) -> list[Problem]:
    if value in known:
        return []
    return [Problem(field, _("there is no such choice: %(value)s", value=repr(value)), _("choose one from the list"))]


def _rows(text: str, problems: list[Problem]) -> int:
    number = read_whole(text)
    if number is not None and LEAST_ROWS <= number <= MOST_ROWS:
        return number
    asked = _("use a whole number from %(least)s to %(most)s", least=LEAST_ROWS, most=MOST_ROWS)
    problems.append(Problem("rows", _("%(text)s is no number of rows", text=repr(text)), asked))
    return MOST_ROWS
