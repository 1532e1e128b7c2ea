"""The command line as somebody types it, in this process: what is printed, and the exit code."""

from __future__ import annotations

import click
from click.testing import CliRunner, Result

from chatbot.__main__ import run


@click.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def _program(context: click.Context, words: tuple[str, ...]) -> None:
    context.exit(run(list(words)))


def typed(*words: object, standard_input: bytes = b"") -> Result:
    """`trunkwatch` called with *words*."""
    return CliRunner().invoke(_program, [str(word) for word in words], input=standard_input)
