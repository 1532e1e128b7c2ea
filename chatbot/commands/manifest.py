"""`trunkwatch manifest`: prints the Slack app manifest that this version needs."""

from __future__ import annotations

import json
from typing import Literal

import click

from chatbot.slack_manifest import EVENTS, SCOPES, manifest


@click.command()
@click.option(
    "--mode",
    type=click.Choice(["socket", "http"]),
    default="socket",
    show_default=True,
    help="How Slack reaches the bot: over a socket that the bot opens, or by HTTP requests to --url.",
)
@click.option(
    "--url", "address", metavar="URL", help="Where Slack reaches the bot in HTTP mode: https://bot.example.org"
)
@click.option(
    "--command", "slash", default="/trunk", show_default=True, help="The slash command, as `slack.command` has it."
)
@click.option("--reasons", is_flag=True, help="Print what each scope and event is for instead.")
def command(mode: Literal["socket", "http"], address: str | None, slash: str, *, reasons: bool) -> None:
    """Print the Slack app manifest that this version needs, as JSON.

    Paste it at api.slack.com/apps under Create New App, From a manifest. After an upgrade that needs another scope,
    paste it again under App Manifest and reinstall the app.
    """
    if mode == "http" and not (address or "").startswith("https://"):
        raise click.UsageError("--mode http needs --url, the https:// address at which Slack reaches the bot")
    if not slash.startswith("/"):
        raise click.UsageError(f"--command {slash!r} does not begin with /")
    if reasons:
        click.echo("\n".join(f"{name:24}{reason}" for name, reason in {**SCOPES, **EVENTS}.items()))
        return
    click.echo(json.dumps(manifest(mode=mode, address=address or "", command=slash), indent=2))
