"""The reference pages say what the code does today."""

from pathlib import Path

import pytest

from costdna import tools
from costdna_companion import cli, docs

FOLDER = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", docs.PAGES)
def test_page_is_current(name):
    assert (FOLDER / name).read_text(encoding="utf-8") == docs.PAGES[name](), "run `make docs`"


def test_every_verb_and_option_says_what_it_does():
    import click
    import typer

    group = typer.main.get_command(cli.app())
    for name, command in group.commands.items():
        assert command.help, name
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{name} {parameter.opts}"


def test_every_tool_says_what_it_does_and_takes():
    for tool in tools.tools():
        assert len(tool.description) > 20, tool.name
        assert tool.input_schema["type"] == "object"
