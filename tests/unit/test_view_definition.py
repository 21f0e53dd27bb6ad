"""Definitions as their pages show them: who uses them, the flow, and where each value comes from."""

from engine.model import Api
from engine.store import Active
from tests.unit.builders import a_link, a_step, a_system, an_api, seed_plan
from webapp.view.catalog import Scene, Wanted, apis_listed, steps_listed, systems_listed
from webapp.view.definition import GroupShape, StepShape, api_page, step_page, system_page
from webapp.view.library import Library


def a_library(systems=(), steps=(), apis=()):
    return Library({s.id: s for s in systems}, {s.id: s for s in steps}, {a.id: a for a in apis})


def seed_library():
    plan = seed_plan()
    return Library({plan.system.id: plan.system}, plan.definition.steps, plan.definition.apis)


def a_shop():
    """Two steps, three apis, one system; `spare` is used by nobody."""
    steps = [a_step("one", "get", age="get"), a_step("two", "put", "get")]
    apis = [an_api("get"), an_api("put", age=("int", 3), name="string"), an_api("spare")]
    return a_library([a_system("one", ["two"])], steps, apis)


def args_of(page, step, link):
    shapes = {shape.id: shape for shape in steps_in(page.flow)}
    (box,) = (one for one in shapes[step].links if one.id == link)
    return {arg.name: (arg.value, arg.source) for arg in box.args}


def steps_in(shape):
    if isinstance(shape, StepShape):
        return [shape]
    return [step for child in shape.children for step in steps_in(child)]


# -- who uses whom -----------------------------------------------------------------------------------


def test_users_are_found_through_the_steps():
    library = a_shop()
    assert library.steps_using_api == {"get": ("one", "two"), "put": ("two",)}
    assert library.systems_using_api["get"] == ("sys",)
    assert library.systems_using_step == {"one": ("sys",), "two": ("sys",)}


def test_a_flow_that_cannot_be_read_uses_nothing():
    assert a_library([a_system(7)]).steps_of == {"sys": ()}


# -- lists -------------------------------------------------------------------------------------------


def listed(build, **wanted):
    return build(Scene(a_shop(), Active({"sys": 4}, complete=True), {}), Wanted(**wanted))


def test_every_word_has_to_be_found_in_whatever_case():
    assert [row.id for row in listed(apis_listed, query="GET sp").rows] == ["spare"]
    assert listed(apis_listed, query="nothing like it").rows == ()


def test_lists_sort_by_who_is_used_most():
    assert [row.id for row in listed(apis_listed, sort="used").rows] == ["get", "put", "spare"]


def test_what_runs_is_told_of_all_that_a_system_uses():
    assert [(row.id, row.running_text) for row in listed(apis_listed).rows] == [
        ("get", "4"),
        ("put", "4"),
        ("spare", "0"),
    ]
    assert listed(systems_listed).rows[0].detail == "2 steps"
    assert listed(steps_listed).rows[0].used_by == ("sys",)


def test_a_page_that_is_not_there_is_the_last_one():
    assert listed(apis_listed, page=99).wanted.page == listed(apis_listed, page=-5).wanted.page == 1


# -- pages -------------------------------------------------------------------------------------------


def test_the_seed_is_drawn_with_its_wiring():
    page = system_page(next(iter(seed_library().systems.values())), seed_library(), {})
    assert isinstance(page.flow, GroupShape)
    assert [child.kind for child in page.flow.children] == ["step", "parallel", "step"]
    assert (page.span, page.problems) == ("3 d", ())
    assert args_of(page, "step3", "api4") == {"age": ("$$step2.age", "named")}
    assert args_of(page, "step1", "api1") == {"name": ("", "open")}


def test_args_say_where_their_values_come_from():
    steps = [
        a_step("a", "get", age="get"),
        a_step("b", "get", age="get"),
        a_step("c", a_link("put", args={"name": "x"})),
    ]
    library = a_library(
        [a_system("a", "b", "c")], steps, [an_api("get"), an_api("put", age="int", name="string", n=("int", 3))]
    )
    found = args_of(system_page(library.systems["sys"], library, {}), "c", "put")
    assert found == {"age": ("$$a.age | $$b.age", "choose"), "name": ('"x"', "given"), "n": ("3", "default")}


def test_a_system_that_cannot_run_is_shown_with_what_is_wrong():
    page = system_page(a_system("gone"), a_library([a_system("gone")]), {})
    assert "gone" in str(page.problems[0])
    assert [shape.known for shape in steps_in(page.flow)] == [False]
    assert system_page(a_system(7), a_library(), {}).flow is None


def test_a_step_without_a_system_says_what_is_bound_by_name():
    library = a_shop()
    (put, get) = step_page(library.steps["two"], library, {}).shape.links
    assert [(arg.name, arg.source) for arg in put.args] == [("age", "default"), ("name", "named")]
    assert get.args == ()


def test_what_may_be_a_credential_is_not_shown():
    headers = {"Authorization": "Bearer abc", "X-Api-Key": "$$SECRET.key", "Accept": "text/plain"}
    api = Api.load({"_id": "a", "url": "http://user:pass@h/x", "headers": headers})
    page = api_page(api, a_library(apis=[api]), {})
    assert dict(page.headers) == {"Authorization": "<redacted>", "X-Api-Key": "$$SECRET.key", "Accept": "text/plain"}
    assert "abc" not in page.json
    assert "pass" not in page.url + page.json


def test_a_loop_says_what_it_goes_over():
    step = a_step("s", a_link("l", "get", op="LOOP", largs=4, lparallel=2, lresult="return result"))
    library = a_library(steps=[step], apis=[an_api("get")])
    (link,) = step_page(step, library, {}).shape.links
    assert (link.loop, link.reduce) == ("loop over 4, 2 side by side", "return result")
