"""`trunkwatch run`: the bot."""

from __future__ import annotations

import asyncio
import gc
import sys
from pathlib import Path

import click

# structlog imports rich where it is there, for pretty tracebacks that we do not show: 3 MB and a tenth of a second.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # None is how Python is told that there is none

from chatbot.app import App  # noqa: E402  after the line above
from chatbot.config import load  # noqa: E402  as above
from chatbot.logs import set_up  # noqa: E402  as above
from chatbot.settings import read_settings  # noqa: E402  as above


@click.command()
@click.option("--config", "file", required=True, type=click.Path(path_type=Path), help="The configuration file.")
def command(file: Path) -> None:
    """Run the bot until SIGTERM, which it obeys within 10 seconds. SIGHUP makes it read the file again."""
    settings = read_settings()
    config = load(file)
    set_up(settings.log_level, settings.log_format)

    async def serve() -> None:
        await App(file, config, settings).run()

    gc.collect()
    gc.freeze()  # 100,000 objects of modules live for ever: looking through them holds up people for 30 ms
    asyncio.run(serve())
