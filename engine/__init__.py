"""The engine: what a task is, how it is proven, walked, called and kept.

Knows nothing of flask, of pages or of the mock server: arrows point from the web to here, never back.
"""

from . import version

__version__ = version.VERSION

__all__ = ["__version__"]
