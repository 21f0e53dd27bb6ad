"""Embedded scripts and the value language: checks them, and evaluates them without trusting them.

A script is a Python expression or function body that a user wrote, a value is what stands in an API's args
(`$$step.key`, `$CODE…`). Imports the standard library, gevent and pydantic_monty; nothing of ours.
"""

from engine.script.errors import ScriptError
from engine.script.evaluator import Evaluator, check
from engine.script.explain import ConditionPart, Read, explain
from engine.script.jsontext import RawJson
from engine.script.names import NameRead, names_read
from engine.script.path import Path
from engine.script.pool import Limits
from engine.script.secret import (
    BadSecret,
    Sealed,
    names_in,
    opened,
    opened_text,
    parts_of,
    sealed_default,
    whole_secret,
)
from engine.script.source import Script
from engine.script.value import (
    BadValue,
    Code,
    Literal_,
    Reference,
    Scope,
    SecretRef,
    StepRef,
    TaskRef,
    UnresolvedValue,
    Value,
    parse_value,
    references,
    resolve,
)

__all__ = [
    "BadSecret",
    "BadValue",
    "Code",
    "ConditionPart",
    "Evaluator",
    "Limits",
    "Literal_",
    "NameRead",
    "Path",
    "RawJson",
    "Read",
    "Reference",
    "Scope",
    "Script",
    "ScriptError",
    "Sealed",
    "SecretRef",
    "StepRef",
    "TaskRef",
    "UnresolvedValue",
    "Value",
    "check",
    "explain",
    "names_in",
    "names_read",
    "opened",
    "opened_text",
    "parse_value",
    "parts_of",
    "references",
    "resolve",
    "sealed_default",
    "whole_secret",
]
