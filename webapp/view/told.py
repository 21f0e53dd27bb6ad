"""What the engine wrote down about a task or a call, in the reader's language: sentence by sentence.

The engine writes English, once, for everybody. A sentence that is not known here, such as an API's own words, stands as
it is.
"""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _

from webapp.language import locale_code

from .story import happened

_AT = r"(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC)"
_SENTENCES = (
    # of a task
    (r"every step is done", _("every step is done")),
    (r"started", _("started")),
    (r"resumed", _("resumed")),
    (r"cancelled by (?P<who>.+)", _("cancelled by %(who)s")),
    (r"paused by (?P<who>.+)", _("paused by %(who)s")),
    (r"waiting for the next try", _("waiting for the next try")),
    (rf"starts at {_AT}, scheduled by (?P<who>.+)", _("starts at %(at)s, scheduled by %(who)s")),
    (
        r"nothing is left that could go on: a value that a call waits for is never produced",
        _("nothing is left that could go on: a value that a call waits for is never produced"),
    ),
    (
        r"in quarantine: (?P<count>\d+) workers in a row were lost while they ran it",
        _("in quarantine: %(count)s workers in a row were lost while they ran it"),
    ),
    (r"find out why, then retry it", _("find out why, then retry it")),
    (r"a step failed", _("a step failed")),
    # of a call
    (r"calling (?P<what>.+)", _("calling %(what)s")),
    (r"done after (?P<count>\d+) calls?", _("done after %(count)s calls")),
    (r"round (?P<count>\d+) of (?P<all>\d+) is answered", _("round %(count)s of %(all)s is answered")),
    (r"not yet: (?P<condition>.+)", _("not yet: %(condition)s")),
    (rf"all rounds again at {_AT}", _("all rounds again at %(at)s")),
    (rf"try (?P<count>\d+) at {_AT}", _("try %(count)s at %(at)s")),
    (rf"tried again at {_AT}", _("tried again at %(at)s")),
    (rf"looks again at {_AT}", _("looks again at %(at)s")),
    (r"answered (?P<status>\d+): (?P<quote>.+)", _("answered %(status)s: %(quote)s")),
    (r"answered (?P<status>\d+)", _("answered %(status)s")),
    (r"skipped by (?P<who>.+)", _("skipped by %(who)s")),
    (r"to be repeated, same key", _("to be repeated, same key")),
    (r"its response was given by hand", _("its response was given by hand")),
    (r"(?P<who>.+) said that the call failed", _("%(who)s said that the call failed")),
    (
        r"waits for a place: (?P<api>\S+) allows (?P<count>\d+) calls at once",
        _("waits for a place: %(api)s allows %(count)s calls at once"),
    ),
    # of a question, and of a task that runs for a link
    (r"waits for an operator: (?P<prompt>.+)", _("waits for an operator: %(prompt)s")),
    (r"waits for an editor: (?P<prompt>.+)", _("waits for an editor: %(prompt)s")),
    (r"waits for an admin: (?P<prompt>.+)", _("waits for an admin: %(prompt)s")),
    (r"waits for (?P<who>[^:]+): (?P<prompt>.+)", _("waits for %(who)s: %(prompt)s")),
    (rf"late: waits since {_AT} for (?P<who>[^:]+): (?P<prompt>.+)", _("late since %(at)s: %(prompt)s (%(who)s)")),
    (rf"late: waits since {_AT} for (?P<who>[^:]+)", _("late since %(at)s (%(who)s)")),
    (r"not accepted: (?P<condition>.+)", _("not accepted: %(condition)s")),
    (r"answered by (?P<who>[^:]+): (?P<note>.+)", _("answered by %(who)s: %(note)s")),
    (r"answered by (?P<who>[^:]+)", _("answered by %(who)s")),
    (r"begins a task of (?P<system>\S+)", _("begins a task of %(system)s")),
    (r"waits for task (?P<task>\S+)", _("waits for task %(task)s")),
    (r"task (?P<task>\S+) is done", _("task %(task)s is done")),
    (r"task (?P<task>\S+) failed: (?P<why>.+)", _("task %(task)s failed: %(why)s")),
    (r"repair it there", _("repair it there")),
    (
        r"task (?P<task>\S+) was cancelled: a retry makes another",
        _("task %(task)s was cancelled: a retry makes another"),
    ),
    # of tries
    (r"no more tries: (?P<count>\d+) of (?P<all>\d+) made", _("no more tries: %(count)s of %(all)s made")),
    (
        r"given up: the next try would come more than (?P<seconds>\S+) s after the first",
        _("given up: the next try would come more than %(seconds)s s after the first"),
    ),
    (
        r"(?P<why>.+): it is not known whether the call took effect",
        _("%(why)s: it is not known whether the call took effect"),
    ),
    (r"say what to do", _("say what to do")),
    # of the wire
    (
        r"connection refused by (?P<where>\S+): is the API running\?",
        _("connection refused by %(where)s: is it running?"),
    ),
    (r"(?P<where>\S+) did not answer within (?P<seconds>\S+) s", _("%(where)s did not answer within %(seconds)s s")),
    (
        r"(?P<where>\S+) could not be reached within (?P<seconds>\S+) s",
        _("%(where)s could not be reached within %(seconds)s s"),
    ),
    (
        r"(?P<where>\S+) closed the connection without an answer",
        _("%(where)s closed the connection without an answer"),
    ),
    (
        r"the answer of (?P<where>\S+) broke off before its end",
        _("the answer of %(where)s broke off before its end"),
    ),
    (
        r"the name in (?P<where>\S+) cannot be looked up: is it spelled right\?",
        _("the name in %(where)s cannot be looked up: is it spelled right?"),
    ),
)  # fmt: skip
_KNOWN = tuple((re.compile(pattern, re.DOTALL), said) for pattern, said in _SENTENCES)
_OF_A_PLACE = re.compile(r"(?P<place>[^\s/:]+/[^\s/:]+): (?P<rest>.+)", re.DOTALL)
_BY = re.compile(r"(?P<place>\S+) (?P<what>[a-z][a-z :-]+) by (?P<who>.+)")


def told(message: str) -> str:
    """The message in the reader's language."""
    if locale_code() == "en":
        return message
    return "; ".join(map(_sentence, message.split("; ")))


def _sentence(text: str) -> str:
    if found := _OF_A_PLACE.fullmatch(text):
        return f"{found['place']}: {_sentence(found['rest'])}"
    for pattern, said in _KNOWN:
        if found := pattern.fullmatch(text):
            parts = found.groupdict()
            return str(said) % (parts | {"why": _sentence(parts["why"])} if "why" in parts else parts)
    if found := _BY.fullmatch(text):
        return f"{found['place']} {happened(found['what'])} ({found['who']})"
    return text
