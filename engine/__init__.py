"""The engine: what a task is, how it is proven, walked, called and kept.

Knows nothing of flask, of pages or of the mock server: arrows point from the web to here, never back.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("stepline")
except PackageNotFoundError:  # run from a checkout: pyproject.toml says the same
    __version__ = "0.1.0"

__all__ = ["__version__"]
