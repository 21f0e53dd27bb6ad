"""The pages: Flask blueprints, one per noun; views load, act and render.

May import `engine`. What a page shows is worked out in `webapp.view`, which is pure.
"""

from .factory import create_app

__all__ = ["create_app"]
