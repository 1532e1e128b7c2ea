"""`trunkwatch schema`: prints the JSON Schema of the configuration file."""

from __future__ import annotations

import json

import click


@click.command()
def command() -> None:
    """Print the JSON Schema of the configuration file, for editors and checks.

    A first line `# yaml-language-server: $schema=trunkwatch.schema.json` in the file makes editors use it.
    """
    from chatbot.config.installed import kinds  # noqa: PLC0415  not loaded for `--help`
    from chatbot.config.schema import schema_with  # noqa: PLC0415  the same

    click.echo(json.dumps(schema_with(kinds()), indent=2, ensure_ascii=False))
