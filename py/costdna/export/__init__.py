"""A result leaving as files: reports, tables, FOCUS, rules for other tools, patches for infrastructure code.

Pure: text in, text out; the page draws with the same parts.
"""

from costdna.export.files import FILES, File, find, fits, write
from costdna.export.leaving import Choices, Leaving, Shortfall

__all__ = ["FILES", "Choices", "File", "Leaving", "Shortfall", "find", "fits", "write"]
