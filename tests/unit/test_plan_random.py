"""Random systems with random bindings: what is proven runs to its end, what cannot run is not proven."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.model import Task
from engine.plan import Parallel, Plan, Sequence, StepNode, TaskDraft, new_task, prove, wire
from engine.script import parse_value, references
from tests.unit.builders import NOW, a_link, a_plan, a_step, a_system, a_task, an_api
from tests.unit.test_plan_flow import flattened, flows

SLOW_TO_DRAW = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
ARGS = {"p": "any", "q": "any"}


def random_plan(raw, draw) -> Plan:
    """Each step has up to three links; k0, k1 … come from some of them."""
    steps = []
    for step in flattened(raw):
        links = [f"l{n}" for n in range(draw(st.integers(0, 3)))]
        keys = {f"k{n}": draw(st.sampled_from(links)) for n in range(draw(st.integers(0, 2)))} if links else {}
        steps.append(a_step(step, *(a_link(link, "api") for link in links), **keys))
    return a_plan(a_system(*raw), steps, [an_api("api", **ARGS)])


def random_task(plan: Plan, draw) -> Task:
    """Args are literals, references to any key of any step, or code that reads a whole step."""
    keys = [f"$${step}.{key}" for key, steps in plan.makers.items() for step in steps]
    choices = st.sampled_from([1, *keys, *keys, *(f"$CODE [{step}]" for step in plan.steps[:2])])
    return a_task(plan, {f"{step}/{link}": {"args": {arg: draw(choices) for arg in ARGS}} for step, link in plan.links})


class Executor:
    """Runs whatever may start until nothing moves: the rules R1 and R2, and nothing of the plan's own graph."""

    def __init__(self, plan: Plan, task: Task) -> None:
        self.plan, self.task = plan, task
        self.done: set[tuple[str, str]] = set()
        self.ended: set[int] = set()
        self.published: set[tuple[str, str | None]] = set()

    def runs_to_its_end(self) -> bool:
        before = None
        while before != (before := (len(self.done), len(self.ended))):
            self.visit(self.plan.flow)
        return id(self.plan.flow) in self.ended

    def visit(self, node) -> bool:
        """Whether the node has ended."""
        match node:
            case StepNode(step):
                ended = self.visit_step(step)
            case Sequence(children):
                ended = all(self.visit(child) for child in children)
            case Parallel(children):
                ended = sum(not self.visit(child) for child in children) == 0
        if ended:
            self.ended.add(id(node))
        return ended

    def visit_step(self, step: str) -> bool:
        links = [link.id for link in self.plan.step(step).checklink]
        for link in links:
            if self.values_are_there(step, link):
                self.done.add((step, link))
                self.published |= {(step, k) for k, s in self.plan.step(step).response.items() if s.fromapi == link}
        ended = all((step, link) in self.done for link in links)
        if ended:
            self.published.add((step, None))
        return ended

    def values_are_there(self, step: str, link: str) -> bool:
        reads = references(parse_value(self.task.step_info[step].api_status[link].args))
        return {(r.root, str(r.path[0]) if r.path else None) for r in reads if r.root != "TASK"} <= self.published


@SLOW_TO_DRAW
@given(flows, st.data())
def test_a_task_is_proven_exactly_if_it_runs_to_its_end(raw, data):
    plan = random_plan(raw, data.draw)
    task = random_task(plan, data.draw)
    problems = prove(plan, task, {})
    assert Executor(plan, task).runs_to_its_end() == (not problems), problems


@SLOW_TO_DRAW
@given(flows, st.data())
def test_what_is_wired_by_name_never_deadlocks(raw, data):
    """Keys are named like args, so that almost everything could be wired to almost everything."""
    steps = []
    for step in flattened(raw):
        keys = data.draw(st.dictionaries(st.sampled_from(["p", "q", "r"]), st.sampled_from(["l0", "l1"]), max_size=2))
        args = data.draw(st.sampled_from(["api", "other"]))
        steps.append(a_step(step, a_link("l0", args), a_link("l1", "other"), **keys))
    apis = [an_api("api", p="any", r="any"), an_api("other", q=("any", 1))]
    plan = a_plan(a_system(*raw), steps, apis)
    wiring = wire(plan, {"p": 1, "r": 1})
    choices = {at: f"$${step}.{key}" for at, ((step, key), *_) in wiring.ambiguous.items()}
    chosen = {at: raw for at, raw in choices.items() if plan.order.relation(raw[2:].split(".")[0], at[0]) == "before"}
    literal = {at: 1 for at in wiring.ambiguous if at not in chosen}
    infos: dict = {}
    for (step, link, arg), value in (chosen | literal).items():
        infos.setdefault(step, {"api_status": {}})["api_status"].setdefault(link, {"args": {}})["args"][arg] = value
    draft = TaskDraft.load({"system": "sys", "args": {"p": 1, "r": 1}, "step_info": infos})
    task = new_task(plan, draft, "t1", NOW)
    assert Executor(plan, task).runs_to_its_end()
    assert new_task(plan, draft, "t1", NOW) == task
