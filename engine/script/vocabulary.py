"""The words of a script that are not its user's: the sandbox's builtins, its modules, and what is denied."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MODULES = _words("json re math datetime base64 hashlib random itertools")

DENIED = _words(
    """eval exec compile open input breakpoint help globals locals vars dir getattr setattr delattr hasattr
    type object super memoryview id classmethod staticmethod property exit quit"""
)

TYPES = _words("str int float bool list dict tuple set frozenset bytes complex")

FUNCTIONS = _words(
    """abs all any bin chr divmod enumerate filter format hash hex isinstance iter len map max min next oct
    ord pow print range repr reversed round slice sorted sum zip"""
)

EXCEPTIONS = _words(
    """BaseException Exception ArithmeticError AssertionError AttributeError IndexError KeyError LookupError
    MemoryError NameError NotImplementedError OverflowError RecursionError RuntimeError StopIteration
    TimeoutError TypeError UnicodeDecodeError ValueError ZeroDivisionError"""
)

BUILTINS = TYPES | FUNCTIONS | EXCEPTIONS

RESERVED_PREFIXES = ("__", "_sbx")
"""Python's own machinery, and the names of the rewritten script; `_id` is a name like any other."""


def is_reserved(name: str) -> bool:
    return name.startswith(RESERVED_PREFIXES)
