"""Exports read by their header: one TOML a format, and a reader that is never silently wrong."""

from __future__ import annotations

from importlib import import_module

#: Each name and its module here, loaded when first asked for.
_ROOMS = {
    "KINDS": "format_model",
    "SHEET": "encoding",
    "Column": "format_model",
    "Format": "format_model",
    "FormatError": "format_files",
    "Header": "header",
    "RefusedFileError": "refused_file",
    "SourceFile": "reader",
    "discover": "find_files",
    "load_formats": "format_files",
    "read_file": "reader",
    "read_tables": "reader",
    "settle": "find_files",
}
__all__ = list(_ROOMS)


def __getattr__(name: str):
    if name not in _ROOMS:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
