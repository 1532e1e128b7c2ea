"""`trunkwatch`: the command line. It finds the command, runs it, and turns what goes wrong into words and an exit code.

0 good, 1 the thing asked for failed, 2 bad usage or bad configuration, 130 interrupted. A command's module is
imported only when that command is called for, so that `--help` answers at once.
"""

from __future__ import annotations

import difflib
import importlib
import os
import secrets
import sys
import traceback
from collections.abc import Sequence

import click

from chatbot import __version__
from chatbot.errors import ConfigError, TrunkwatchError
from chatbot.terminal import printable

COMMANDS = {
    "run": "Run the bot.",
    "demo": "Try everything on this machine, with a Slack and a GitHub of its own.",
    "check": "Check the configuration and everything it reaches.",
    "backtest": "List the alerts that a recording would have caused.",
    "suspects": "Rank suspects for prepared cases.",
    "classify": "Find the lines that explain failures in CI logs.",
    "record": "Record what the sources see.",
    "manifest": "Print the Slack app manifest that this version needs.",
    "schema": "Print the JSON Schema of the configuration file.",
}

FAILED, BAD_USAGE, INTERRUPTED = 1, 2, 130


class Commands(click.Group):
    """The commands of the table above, imported one by one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  as click calls it
        """Their names, in the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  as click calls it
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"chatbot.commands.{cmd_name}").command
        command.name = cmd_name
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that *args* begin with; a miss names the nearest."""
        near = difflib.get_close_matches(args[0].lower(), COMMANDS, n=1)
        if args[0] not in COMMANDS and near:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  as click calls it
        """The table itself: no command is imported for the sake of its summary."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Secrets and addresses come from the environment or a .env file.",
)
@click.version_option(__version__, prog_name="trunkwatch", message="%(prog)s %(version)s")
def trunkwatch() -> None:
    """Watch a trunk branch and tell the people who own a part of it, in Slack."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: list[str]) -> int:
    """Run the command line; the exit code."""
    try:
        left = trunkwatch.main(arguments, prog_name="trunkwatch", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except TrunkwatchError as error:
        return _say(printable(str(error)), BAD_USAGE if isinstance(error, ConfigError) else FAILED)
    except Exception:  # noqa: BLE001  the outermost place: nothing but words leaves it
        return _say(_unexpected(), FAILED)
    return left if isinstance(left, int) else 0


def _say(text: str, code: int) -> int:
    click.echo(text, err=True)
    return code


def _unexpected() -> str:
    """One line for what should not have happened; the traceback is shown where it was asked for."""
    number = secrets.token_hex(4)
    kind = type(sys.exception()).__name__
    if os.environ.get("LOG_LEVEL", "").lower() == "debug":
        return f"error {number}\n{traceback.format_exc()}"
    return f"Something went wrong that should not have ({kind}, error {number}). LOG_LEVEL=debug shows where."


if __name__ == "__main__":
    main()
