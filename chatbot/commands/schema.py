"""`trunkwatch schema`: prints the JSON Schema of the configuration file."""

from __future__ import annotations

import json

import click


@click.command()
def command() -> None:
    """Print the JSON Schema of the configuration file, for editors and checks.

    A first line `# yaml-language-server: $schema=trunkwatch.schema.json` in the file makes editors use it.
    """
    from chatbot.config.schema import schema  # noqa: PLC0415  not loaded for `--help`

    click.echo(json.dumps(schema(), indent=2, ensure_ascii=False))
