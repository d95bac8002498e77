"""The command line: one file a verb, found by listing this folder. A verb's module holds a function of its own name."""

import importlib
import os
import pkgutil
import sys

import typer

from costdna.errors import CostDNAError


def verbs() -> dict[str, object]:
    """name → function of every verb, sorted. Modules that begin with an underscore are shared parts, not verbs."""
    out = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")):
        out[module.rstrip("_").replace("_", "-")] = getattr(importlib.import_module(f"{__name__}.{module}"), module.rstrip("_"))
    return out


def app() -> typer.Typer:
    """The typer application with every verb."""
    application = typer.Typer(name="costdna", help="Who owns the money on the cloud bill. Everything runs on this machine.", no_args_is_help=True,
                              pretty_exceptions_enable=False, add_completion=False)
    application.callback()(lambda: None)
    for name, function in verbs().items():
        application.command(name)(function)
    return application


def main() -> None:
    """Run a verb. An error a person can act on is printed plainly and sets the exit code; a bug keeps its traceback."""
    try:
        app()()
    except CostDNAError as error:
        print(f"costdna: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
