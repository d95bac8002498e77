"""costdna config: the settings in force and where each comes from."""

from typing import Annotated

import typer

from costdna_companion.cli._options import Json, Printed
from costdna_companion.cli._output import Output


def config(
    ctx: typer.Context,
    action: Annotated[str, typer.Argument(help="show.")] = "show",
    output: Printed = Output.table,
    json_: Json = False,
) -> None:
    """Every setting, its value and its source: a flag goes before the environment, that before the file, that before
    the default. Secrets are not printed.

    Exit codes: 0 done, 2 a configuration that cannot be read or has a key nobody knows.
    """
    from costdna.errors import UsageError
    from costdna_companion import config as settings
    from costdna_companion.cli._output import rows

    if action != "show":
        raise UsageError(
            "That is nothing config does.", found=action, next_step="Say costdna config show.", code="usage"
        )
    values = settings.load((ctx.obj or {}).get("config"))
    rows(
        [
            {
                "setting": v.setting.name,
                "value": v.shown(),
                "source": v.source,
                "environment": v.setting.env[0],
                "meaning": v.setting.text,
            }
            for v in values
        ],
        Output.json if json_ else output,
    )
