"""Definitions as text: YAML or JSON, one file or a folder, read within limits, written always alike, compared.

Imports `engine.model`, yaml and the standard library. Knows no database; touches the disk in `files.py` alone.
"""

from .difference import Difference, Line, What, differences, unified
from .files import File, file_of, files_at, files_in_zip, folder_of, keep_folder, zip_of
from .form import Documents, as_file, in_code
from .limits import MOST_BYTES, Unreadable
from .material import Material, read_files, read_pasted
from .schema import SCHEMAS, schema_of
from .text import FORMATS, SUFFIXES, Format, format_of, text_of, value_of

__all__ = [
    "FORMATS",
    "MOST_BYTES",
    "SCHEMAS",
    "SUFFIXES",
    "Difference",
    "Documents",
    "File",
    "Format",
    "Line",
    "Material",
    "Unreadable",
    "What",
    "as_file",
    "differences",
    "file_of",
    "files_at",
    "files_in_zip",
    "folder_of",
    "format_of",
    "in_code",
    "keep_folder",
    "read_files",
    "read_pasted",
    "schema_of",
    "text_of",
    "unified",
    "value_of",
    "zip_of",
]
