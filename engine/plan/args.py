"""Whether the args of one link can be what its API declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.model import Arg, ArgType, Problem, StepType
from engine.script import Literal_, Reference, StepRef, TaskRef

from .kinds import fits, kind_of, sample_fits
from .plan import Plan
from .reading import read_text
from .sample import sample_value, task_value
from .secret import is_secret
from .setup import Setup, Setups
from .suggest import did_you_mean

_DECLARED_IN: dict[StepType, str] = {
    StepType.API: "api's args",
    StepType.LOOP: "api's args",
    StepType.SYSTEM: "system's def_args",
    StepType.MANUAL: "args of the step's link",
}


@dataclass(frozen=True)
class Args:
    """Judges args; `task_values` are None where no task is there yet."""

    plan: Plan
    setups: Setups
    task_values: Mapping[str, Any] | None

    def problems(self, setup: Setup) -> Iterator[Problem]:
        """Args that the API does not declare, texts that are no value, values of a kind that cannot fit."""
        declared, link = self.plan.args_of(*setup.at), self.plan.link(*setup.at)
        for name, raw in setup.args.items():
            path = f"{setup.path}.args.{name}"
            if name not in declared:
                hint = f"{did_you_mean(name, declared)}, or declare it in the {_DECLARED_IN[link.api.op]}"
                yield Problem(path, f"{link.api.val.id or link.id} has no arg called {name}", hint)
            elif raw is None:
                yield Problem(path, f"the arg {name} is set to nothing", "give it a value, or remove it here")
            else:
                yield from self._misfits(path, declared[name].type, raw)
        for name, arg in declared.items():
            if name not in setup.args and arg.val is not None and not _may_fit(arg):
                yield _misfit(f"api.{link.api.val.id}.args.{name}.val", arg.type, _shown(arg.val))
        for path, reading in setup.arg_readings + setup.largs_readings:
            if reading.fault:
                yield Problem(path, reading.fault, "start it with \\$ if it is meant as plain text")

    def _misfits(self, path: str, kind: ArgType, raw: Any) -> Iterator[Problem]:
        value = read_text(raw).value if isinstance(raw, str) else Literal_(raw)
        match value:
            case Literal_(known):
                if not fits(kind, known):
                    yield _misfit(path, kind, _shown(known))
            case TaskRef(keys, source) if self.task_values is not None:
                given = task_value(self.task_values, Reference("TASK", keys, source))
                if given is not None and not fits(kind, given):
                    yield _misfit(path, kind, f"{source} is {_shown(given)}")
            case StepRef(step, keys, source):
                sample = sample_value(self.plan, self.setups, Reference(step, keys, source))
                if not sample_fits(kind, sample):
                    yield _misfit(path, kind, f"by the sample, {source} is {_shown(sample)}")


def _may_fit(declared: Arg) -> bool:
    return is_secret(declared.val) or fits(declared.type, declared.val)


def _misfit(path: str, kind: ArgType, what: str) -> Problem:
    hint = "bind another value, or mend the type or the sample of the api"
    return Problem(path, f"{what}: that can never be read as {kind}", hint)


def _shown(value: Any) -> str:
    text = repr(value)
    return f"{kind_of(value)} {text if len(text) <= 40 else text[:37] + '...'}"
