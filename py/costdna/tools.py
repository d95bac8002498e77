"""The tools of a Workspace: name, description and JSON schema, derived from docstring and signature.

One function, many doors.
"""

import inspect
import typing
from dataclasses import dataclass

from costdna.workspace import Workspace

_JSON = {str: "string", int: "integer", float: "number", bool: "boolean"}


@dataclass(frozen=True)
class Tool:
    """A method of Workspace as a tool. `write` tools are never offered to a language model."""

    name: str
    description: str
    input_schema: dict
    write: bool = False


def tools() -> list[Tool]:
    """Every tool, in the order Workspace declares them.

    >>> [t.name for t in tools()][:2]
    ['summary', 'list_teams']
    """
    return [_tool(name) for name in Workspace.TOOLS]


def _tool(name: str) -> Tool:
    method = getattr(Workspace, name)
    kinds = typing.get_type_hints(method)
    properties, required = {}, []
    for parameter in list(inspect.signature(method).parameters.values())[1:]:
        properties[parameter.name] = {"type": _JSON[kinds[parameter.name]]}
        if parameter.default is inspect.Parameter.empty:
            required.append(parameter.name)
        else:
            properties[parameter.name]["default"] = parameter.default
    return Tool(
        name, inspect.cleandoc(method.__doc__), {"type": "object", "properties": properties, "required": required}
    )
