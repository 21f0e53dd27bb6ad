"""Escape payloads, (kind, source): kind expr or body; names result/response (list of dicts), loop, task.

Oracle: no canary (host environment variable, host file) in value or error text, no file created by the host,
no new child process but the pool's workers, only the sandbox's own error type.
"""

ESCAPES = [
    ("expr", "await result"),
    ("expr", "().__class__.__base__.__subclasses__()"),
    ("expr", "b'abc'"),
    ("body", "del result.__class__\nreturn 1"),
    ("body", "import random\nreturn random._os.system('touch pwned')"),
    ("body", 'return 1\n"""\n"""\nimport os\nos.system(\'touch pwned\')'),
    ("expr", "__import__('os').popen('id').read()"),
    ("expr", "1j"),
    ("expr", "'{0.__class__.__init__.__globals__}'.format(result)"),
    ("expr", "exec(\"import os\\nos.system('touch pwned')\")"),
    ("expr", "eval(\"__import__('os').environ\")"),
    ("body", "from pathlib import Path\nPath('pwned').write_text('x')\nreturn 1"),
    ("expr", "input()"),
    ("expr", "vars()"),
    ("expr", "1 if True else 2\nopen('canary.txt').read()"),
    ("expr", "breakpoint()"),
    ("expr", "'%(x)s' % {'x': result.__class__}"),
    ("body", "from os import *\nreturn str(environ)"),
    ("expr", "len.__self__.__import__('os').system('touch pwned')"),
    (
        "body",
        "g = (g.gi_frame.f_back.f_back for _ in [1])\n"
        "for f in g:\n    return str(f.f_builtins['__import__']('os').environ)",
    ),
    ("expr", "globals()"),
    ("expr", "1)\nimport os\n(os.environ"),
    ("expr", "help('os')"),
    ("body", "import re\nreturn str(re.enum.sys.modules['os'].environ)"),
    (
        "expr",
        "[c for c in ''.__class__.__mro__[-1].__subclasses__() if c.__name__ == 'Popen'][0]('touch pwned', shell=True)",
    ),
    ("body", "import sys\nreturn str(sys.modules)"),
    ("body", "import ctypes\nctypes.string_at(0)\nreturn 1"),
    ("expr", "__builtins__['__import__']('os').environ"),
    ("expr", "'{r.__class__.__mro__}'.format_map({'r': result})"),
    ("body", "import string\nreturn string.Formatter().get_field('a.__class__.__base__', [], {'a': ''})"),
    ("body", "import os\nreturn str(os.environ)"),
    ("expr", "len"),
    ("expr", "{1, 2}"),
    ("body", "yield 1"),
    ("expr", "float('nan')"),
    (
        "body",
        "class A:\n    def __init_subclass__(c): pass\n    def __del__(s): open('pwned', 'w')\nA()\nreturn 1",
    ),
    ("body", "import os\nreturn os.getenv('SBX_CANARY')"),
    ("expr", "type(1)"),
]
