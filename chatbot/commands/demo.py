"""`trunkwatch demo`: everything on this machine, with a Slack and a GitHub of its own."""

from __future__ import annotations

import asyncio
import signal

import click

from chatbot.sandbox import demo


@click.command()
@click.option("--once", is_flag=True, help="Play the whole story as fast as possible, print a summary, and end.")
@click.option("--port", default=None, type=click.IntRange(0, 65535), help="The page's port.  [default: 8321]")
@click.option(
    "--speed", default=demo.SPEED, show_default=True, type=click.FloatRange(1, 3600), help="Story seconds a second."
)
def command(*, once: bool, port: int | None, speed: float) -> int:
    """Try everything on this machine: a Slack to click in, a GitHub that replays a day on trunk, the real bot."""
    if once:
        return asyncio.run(_once(port or 0))
    asyncio.run(_watch(8321 if port is None else port, speed))
    return 0


async def _once(port: int) -> int:
    summary = await demo.play_once(port=port)
    click.echo(
        f"{summary.alerts} alerts posted, {summary.threads} threads with {summary.replies} replies, "
        f"{summary.commands} commands answered."
    )
    for missing in summary.missing:
        click.echo(f"Missing: {missing}", err=True)
    return 1 if summary.missing else 0


async def _watch(port: int, speed: float) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await demo.watch_it(port=port, speed=speed, say=click.echo, stop=stop)
