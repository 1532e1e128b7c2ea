"""`trunkwatch run`: the bot."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from chatbot.imports import lean

# structlog would import rich for pretty tracebacks, redis-py OpenTelemetry for its own figures. Neither is shown, and
# together they are 6 MB and a tenth of a second.
with lean("rich", "opentelemetry.sdk.metrics"):
    import structlog

    from chatbot import malloc
    from chatbot.app import App
    from chatbot.config import load
    from chatbot.errors import TrunkwatchError
    from chatbot.garbage import Survivors
    from chatbot.logs import set_up
    from chatbot.settings import read_settings

log = structlog.get_logger("run")


@click.command()
@click.option("--config", "file", required=True, type=click.Path(path_type=Path), help="The configuration file.")
def command(file: Path) -> None:
    """Run the bot until SIGTERM, which it obeys within 10 seconds. SIGHUP makes it read the file again."""
    settings = read_settings()
    config = load(file)
    set_up(settings.log_level, settings.log_format)

    async def serve() -> None:
        try:
            await App(file, config, settings).run()
        except TrunkwatchError:
            raise
        except Exception as error:
            log.critical("bot_broke", exc_info=error)  # for whoever reads the log; the person at a terminal sees a line
            raise

    Survivors(afterwards=malloc.give_back).begin()
    asyncio.run(serve())
