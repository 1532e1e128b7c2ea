"""The Home tab: drawn when somebody opens it, and anew after whatever they press there."""

from __future__ import annotations

import asyncio

from chatbot.bot import Bot
from chatbot.errors import PermanentError
from chatbot.events import HOME_OPENED, Event
from chatbot.messages import home as words
from chatbot.messages.views import View
from chatbot.router import Press, Router

router = Router()

_TRIES = 4
_MEANWHILE = 0.05  # seconds in which whoever published before us writes down which hash that got
_HASH = "hash"


@router.event(HOME_OPENED)
async def opened(event: Event, bot: Bot) -> None:
    """Publish it, unless they opened the other tab. Of two at once the one that looked last is shown.

    The hash of what was published is kept, and read before anything is looked at: who finds it changed looks again.
    """
    if not event.home:
        return
    owner = f"person/{event.user}"
    await bot.courtesy.still_here(event.user)
    for attempt in range(_TRIES):
        known = await bot.store.homes.get(owner, _HASH) if attempt < _TRIES - 1 else None
        view = await _drawn(event, bot)
        try:
            shown = await bot.slack.publish_home(event.user, view, expected=known.decode() if known else None)
        except PermanentError as error:
            if error.code != "hash_conflict":
                raise
            await asyncio.sleep(_MEANWHILE * 2**attempt)
            continue
        if shown.hash:
            await bot.store.homes.put(owner, _HASH, shown.hash.encode())
        return


@router.press(words.PAGE)
async def turned(_press: Press, _bot: Bot) -> None:
    """Another page: the Home is drawn anew after every press, on the page that the press says."""


@router.press(words.REFRESH)
async def refreshed(_press: Press, _bot: Bot) -> None:
    """The same page as it is now."""


async def _drawn(event: Event, bot: Bot) -> View:
    alerts = await bot.store.alerts.all_open()
    reader = words.Reader(event.user, await _teams(event.user, bot), await bot.courtesy.of(event.user))
    return words.home(
        alerts,
        {alert.id: bot.about(alert) for alert in alerts},
        reader,
        health=await bot.health(),
        page=event.home,
        now=bot.now(),
        command=bot.command,
    )


async def _teams(user: str, bot: Bot) -> frozenset[str]:
    """The teams that have *user* on call or are mentioned by their name or one of their groups."""
    asked = {
        name: {*(team.oncall or ()), *([team.mention] if team.mention else ())}
        for name, team in bot.config.teams.items()
    }
    groups = sorted({one for ids in asked.values() for one in ids if one.startswith("S")})
    mine = {user, *await bot.groups.of(user, groups)}
    return frozenset(name for name, ids in asked.items() if ids & mine)
