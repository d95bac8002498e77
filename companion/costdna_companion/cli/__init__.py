"""The command line: one file a verb, found by listing this folder. A verb's module holds a function of its own name."""

import contextlib
import importlib
import io
import os
import pkgutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from costdna.errors import CostDNAError
from costdna_companion.cli import _failing


def verbs() -> dict[str, object]:
    """name → function of every verb, sorted. Modules that begin with an underscore are shared parts, not verbs."""
    out = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")):
        out[module.rstrip("_").replace("_", "-")] = getattr(
            importlib.import_module(f"{__name__}.{module}"), module.rstrip("_")
        )
    return out


def app() -> typer.Typer:
    """The typer application with every verb."""
    application = typer.Typer(
        name="costdna",
        cls=_failing.Verbs,
        help="Who owns the money on the cloud bill. Everything runs on this machine.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        suggest_commands=False,  # click does
    )
    application.callback()(settings)
    for name, function in verbs().items():
        application.command(name)(function)
    return application


def settings(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", help="Settings (YAML); default costdna.yaml here, then in your configuration folder."),
    ] = None,
) -> None:
    """Take the configuration as the verbs' defaults: a flag goes before the environment, that before the file."""
    from costdna_companion import config as settings_

    ctx.obj = {"config": config}
    if ctx.invoked_subcommand in ("config", "version"):
        return  # `config show` says itself what is wrong
    values = settings_.load(config)
    ctx.default_map = settings_.defaults(
        values, {name: {p.name for p in command.params} for name, command in ctx.command.commands.items()}
    )
    source = next((v for v in values if v.setting.name == "source" and v.value), None)
    if source:
        os.environ["COSTDNA_SOURCE"] = str(source.value)


def main() -> None:
    """Run a verb. An error a person can act on is printed plainly, as JSON where the verb prints JSON, and sets the exit
    code; a bug keeps its traceback.
    """
    _say_in_utf8()
    try:
        try:
            app()()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # here, where what goes wrong can still be said
    except CostDNAError as error:
        _fail(error)
    except BrokenPipeError:
        _end("", 1)
    except KeyboardInterrupt:
        _end("", 130)
    except OSError as error:
        if not error.strerror:
            raise
        # A hidden file beside what was asked for is moved into its place at the end: it is the place that has a name.
        where = error.filename2 or error.filename
        _fail(
            CostDNAError(
                "A file or folder cannot be used.",
                found=error.strerror,
                where=str(where or ""),
                next_step="Check that it exists, that you may read or write there, and that there is room.",
                code="file",
            )
        )


def _say_in_utf8() -> None:
    """What is piped on is UTF-8 with our own line ends, whatever the machine's own charset is. A terminal keeps its own.
    A sign that cannot be said (a file's name may be any bytes) is escaped, and ends nothing.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            own = {} if stream.isatty() else {"encoding": "utf-8", "newline": "\n"}
            stream.reconfigure(errors="backslashreplace", **own)


def _fail(error: CostDNAError) -> None:
    commands = typer.main.get_command(app()).commands
    _end(_failing.words(error, _failing.wants_json(sys.argv[1:], commands)), error.exit_code)


def _end(words: str, code: int) -> None:
    """Leave with words, without what is still held back for a stdout that nobody reads or that has no room."""
    if words:
        print(words, file=sys.stderr)
    try:
        sys.stdout.flush()
    except (AttributeError, OSError):
        with contextlib.suppress(AttributeError, OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
