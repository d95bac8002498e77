"""A result leaving as files: CSV, JSON and a standalone HTML report. Pure: text in, text out; the page draws with the same parts."""

from costdna.export.files import FILES, File, write

__all__ = ["FILES", "File", "write"]
