"""A call as a curl line: what a person can paste, without what nobody should see."""

import shlex

from engine.call import Call, render_curl


def test_a_get_shows_url_and_deadline():
    words = shlex.split(render_curl(Call("GET", "http://a/b", {"name": "x y's"}, timeout_s=5)))
    assert words[0] == "curl"
    assert words[-1] == "http://a/b?name=x+y%27s"
    assert words[words.index("--max-time") + 1] == "5"


def test_a_post_shows_its_body_and_method():
    words = shlex.split(render_curl(Call("POST", "http://a/b", {"name": "it's"}, follow_redirects=True)))
    assert words[words.index("--request") + 1] == "POST"
    assert words[words.index("--data-raw") + 1] == '{"name": "it\'s"}'
    assert "--location" in words


def test_a_head_does_not_wait_for_a_body():
    assert "--head" in shlex.split(render_curl(Call("HEAD", "http://a/b")))


def test_credentials_are_left_out():
    names = ["Authorization", "cookie", "X-Api-Key", "X-Auth-Token", "X-My-Secret", "X-Hub-Signature"]
    line = render_curl(Call("GET", "http://ann:hunter2@a/b", headers=dict.fromkeys(names, "hunter2")))
    assert "hunter2" not in line
    assert line.count("<redacted>") == len(names)


def test_harmless_headers_are_shown():
    line = render_curl(Call("GET", "http://a/b", headers={"X-Trace": "7"}, idempotency_key="t/s/l/0"))
    assert "'X-Trace: 7'" in line
    assert "'Idempotency-Key: t/s/l/0'" in line


def test_a_call_that_cannot_be_sent_is_a_comment():
    assert render_curl(Call("GET", "http://a/{id}")).startswith("# the url needs a value for {id}")
