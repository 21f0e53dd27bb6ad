"""What Python says of a script is told in words; what is not known stands as it is."""

import pytest

from engine.script.wording import in_words, with_hint

ABSENT = "; an absent key reads as None"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            "TypeError: '>' not supported between instances of 'int' and 'NoneType'",
            f"a number and None cannot be compared by >{ABSENT}",
        ),
        ("TypeError: unsupported operand type(s) for +: 'int' and 'str'", "+ cannot be used on a number and a text"),
        ('TypeError: can only concatenate str (not "list") to str', "+ cannot be used on a text and a list"),
        ("ZeroDivisionError: division by zero", "it divides by zero"),
        ("TypeError: object of type 'NoneType' has no len()", f"None has no length{ABSENT}"),
        (
            "TypeError: argument of type 'float' is not a container or iterable",
            "a number cannot be searched with in",
        ),
        ("TypeError: 'bool' object is not iterable", "a boolean has no items to go through"),
        ("AttributeError: 'str' object has no attribute 'foo'", "a text has no 'foo'"),
        ("TypeError: 'dict' object is not callable", "an object is no function"),
        ("ValueError: invalid literal for int() with base 10: 'x y'", "'x y' is no number"),
        ("ValueError: could not convert string to float: ''", "'' is no number"),
        ("ValueError: max() iterable argument is empty", "max() has nothing to choose from"),
        ("RecursionError: maximum recursion depth exceeded", "a function calls itself without end"),
        ("ValueError: the stock is empty", "ValueError: the stock is empty"),
    ],
)
def test_what_python_says_is_told_in_words(said, words):
    assert in_words(said) == words


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("result.a && result.b", "; write and for &&"),
        ("result.a === 1", "; write == for ==="),
        ("result.a !== 1", "; write != for !=="),
        ("$TASK.n == 1", "; no name in a script begins with $: the args of the task are task.name"),
        ("result.a ==", ""),
        (None, ""),
    ],
)
def test_a_syntax_error_names_what_other_languages_write_otherwise(line, hint):
    assert with_hint("invalid syntax", line) == f"invalid syntax{hint}"
