"""What a verb that fails says: words for a person, or one line of JSON where JSON was asked for. Always on stderr."""

import json

import click
import typer

from costdna.errors import CostDNAError, UsageError
from costdna_companion.cli._output import SCHEMA_VERSION, Output

ANYWHERE = ("--output", "--format", "-o")
"""How JSON is asked for of a verb that nobody knows."""


class Verbs(typer.core.TyperGroup):
    """Every verb. A call that is not understood, and a question that nobody answers, are errors like all others where
    JSON is wanted; at a terminal click says them, with the usage.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta["costdna"] = list(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context):
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if not wants_json(ctx.meta["costdna"], self.commands):
                raise
            path = error.ctx.command_path if error.ctx else "costdna"
            raise UsageError(
                error.format_message(), where=path, next_step=f"{path} --help says how it is called.", code="usage"
            ) from error
        except click.Abort as error:
            if not wants_json(ctx.meta["costdna"], self.commands):
                raise
            raise CostDNAError(
                "A question was not answered with yes, so it was not done.",
                where=f"costdna {ctx.invoked_subcommand}",
                next_step="Say --yes where nobody is there to answer.",
                code="aborted",
            ) from error


def words(error: CostDNAError, as_json: bool) -> str:
    """An error as it is printed."""
    if not as_json:
        return f"costdna: {error}"
    told = {"schema_version": SCHEMA_VERSION, "error": error.to_dict(), "exit_code": error.exit_code}
    return json.dumps(told, ensure_ascii=False)


def wants_json(arguments: list[str], commands: dict[str, click.Command]) -> bool:
    """Whether a command line asks for JSON: by its own words, else by the environment or the configuration.

    arguments: what follows the program's name, whether or not it can be understood; commands: name → verb.
    """
    command = next((commands[word] for word in arguments if word in commands), None)
    parameters = {p.name: p for p in command.params} if command else {}
    choice = ANYWHERE if command is None else parameters["output"].opts if "output" in parameters else ()
    said, file, left = None, None, iter(arguments)
    for word in left:
        name, equals, value = word.partition("=")
        if word == "--":
            break
        if word == "--json" and (command is None or "json_" in parameters):
            return True
        if name == "--config":
            file = value if equals else next(left, "")
        elif name in choice:
            said = value if equals else next(left, "")
        elif "-o" in choice and word.startswith("-o"):
            said = word[2:]
    return (said if said is not None or not choice else _configured(file)) == Output.json


def _configured(file: str | None) -> str:
    from pathlib import Path

    from costdna_companion import config

    try:
        values = config.load(Path(file) if file else None)
    except (CostDNAError, OSError):  # what is wrong with it is the error that is being told
        return ""
    return next((str(v.value) for v in values if v.setting.name == "output" and v.value), "")
