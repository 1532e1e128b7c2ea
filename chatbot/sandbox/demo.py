"""The demo: the story of a day on trunk, told to the real bot, with a page to watch and to press on.

`watch_it` plays at a pace for people until it is interrupted; `play_once` plays as fast as the bot can
follow, acts as the people would, and says whether everything arrived.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from chatbot.backtest import Backtest, Fired
from chatbot.config import load
from chatbot.errors import TransientError
from chatbot.sandbox.slack import SlackSandbox
from chatbot.sandbox.slack.values import Message
from chatbot.sandbox.stage import Stage
from chatbot.sandbox.story import CONFIG, REPO, TRUNK, Story, story

SPEED = 30.0
"""Story seconds a second: an hour of trunk in two minutes."""

_AT_FIRST = timedelta(hours=7, minutes=40)  # the calm before the first breakage need not be waited for
_STEP = timedelta(minutes=20)
_PATIENCE = 60.0
_PEOPLE = (
    ("U01ALICE", "alice", "Alice Moreau"),
    ("U02BOB", "bob", "Bob Tanaka"),
    ("U03CAROL", "carol", "Carol Osei"),
    ("U04DAN", "dan", "Dan Lindqvist"),
    ("U05ERIN", "erin", "Erin Kowalski"),
    ("U06FRANK", "frank", "Frank Adeyemi"),
    ("U07GRACE", "grace", "Grace Villanueva"),
    ("U08HIRO", "hiro", "Hiro N. Bell"),
    ("U09INES", "ines", "Inês Carvalho"),
)
_CHANNELS = (
    ("C0INDUCTOR", "broken-inductor", "Inductor on trunk: what is red, since when, who has it"),
    ("C0LINUXCPU", "broken-linux-cpu", "CPU jobs on Linux"),
    ("C0DEVINFRA", "dev-infra", "The people who keep CI running"),
)
_GROUPS = (("S0INDUCTOR", "inductor-oncall", ("U01ALICE", "U02BOB")), ("S0LEADS", "leads", ("U07GRACE", "U08HIRO")))


class Summary(Struct, frozen=True):
    """What a played story came to, and what of it is missing."""

    alerts: int
    threads: int
    replies: int
    commands: int
    missing: tuple[str, ...]


def furnish(slack: SlackSandbox) -> None:
    """The story's people, channels and groups."""
    for user, name, real_name in _PEOPLE:
        slack.add_person(user, name, real_name=real_name, email=f"{name}@example.org")
    for channel, name, topic in _CHANNELS:
        slack.add_channel(channel, name, topic=topic)
    for group, handle, members in _GROUPS:
        slack.add_usergroup(group, handle, members)


@asynccontextmanager
async def staged(
    *, port: int, speed: float | None, poll_every: str, begin_after: timedelta | None
) -> AsyncIterator[tuple[Stage, Story]]:
    """The story on a stage, with its bot running."""
    told = story(end=datetime.now(UTC))
    config = CONFIG.read_text(encoding="utf-8").replace("poll_every: 5s", f"poll_every: {poll_every}")
    with tempfile.TemporaryFile() as log:
        stage = Stage(
            told.lines,
            config,
            repos={TRUNK: REPO},
            logs=told.logs,
            port=port,
            speed=speed,
            begin_after=begin_after,
            log=log,
        )
        furnish(stage.slack)
        async with stage:
            try:
                await stage.start_bot()
                yield stage, told
            except (TransientError, TimeoutError) as error:
                log.seek(0)
                tail = log.read()[-2000:].decode(errors="replace")
                raise TransientError(f"{error}\nThe end of the bot's log:\n{tail}") from error


async def watch_it(*, port: int, speed: float, say: Callable[[str], None], stop: asyncio.Event) -> None:
    """Play for people until *stop*.

    Raises:
        TransientError: the bot did not come up, or ended.
    """
    async with staged(port=port, speed=speed, poll_every="2s", begin_after=_AT_FIRST) as (stage, _):
        say(f"Open {stage.slack.url}/#/C0INDUCTOR?as=U01ALICE")
        say("You are Alice. An alert appears in #broken-inductor within a minute: press Acknowledge, pick somebody")
        say("under Assign…, type /trunk inductor. Ctrl-C ends it.")
        bot = stage.bot
        ended = asyncio.ensure_future(bot.wait()) if bot else None
        stopped = asyncio.ensure_future(stop.wait())
        await asyncio.wait({task for task in (ended, stopped) if task}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if ended is not None and ended.done() and not stop.is_set():
            raise TransientError(f"the bot ended with exit code {ended.result()}")
        if ended is not None:
            ended.cancel()


async def play_once(*, port: int) -> Summary:
    """Play everything as fast as the bot follows, with people who press and ask.

    Raises:
        TransientError: the bot did not come up.
    """
    async with staged(port=port, speed=None, poll_every="50ms", begin_after=timedelta(0)) as (stage, told):
        expected = foretold(told)
        actors = Actors(stage)
        moment = told.start
        while moment < told.end:
            moment = min(moment + _STEP, told.end)
            stage.github.advance(to=moment)
            await _followed(stage)
            await actors.act()
        await _settled(stage, expected)
        await actors.act()
        await actors.ask_everything()
        return summed_up(stage, expected, actors)


def foretold(told: Story) -> list[Fired]:
    """The alerts that the story must cause, by backtest."""
    backtest = Backtest(load(CONFIG))
    for _ in backtest.replay(told.lines):
        pass
    return backtest.fired


async def _followed(stage: Stage) -> None:
    """Wait until the bot has read everything that is visible: a poll that began after now has ended."""
    begun = _polls(stage)
    async with asyncio.timeout(_PATIENCE):
        while _polls(stage) < begun + 2:  # noqa: ASYNC110  the bot is another process: nothing here can be awaited
            await asyncio.sleep(0.01)


def _polls(stage: Stage) -> int:
    """How often the bot has asked for the newest commits: each poll begins with that."""
    return sum("/commits?" in asked.path for asked in stage.github.requests)


async def _settled(stage: Stage, expected: Sequence[Fired]) -> None:
    """Wait until the alerts and recurrences that must be are told; what is missing then is reported, not waited for.

    A story that is told as fast as possible is ahead of Slack's limit of a message a second and channel.
    """
    reopened = sum(fired.reopened for fired in expected)

    def told() -> bool:
        roots = _roots(stage)
        return len(roots) >= len(expected) and _told_again(_replies(stage, roots)) >= reopened

    with contextlib.suppress(TimeoutError):
        await stage.slack.until(told, timeout=_PATIENCE)


def _roots(stage: Stage) -> list[Message]:
    return [
        message
        for channel, _, _ in _CHANNELS
        for message in stage.slack.messages(channel)
        if (message.metadata or {}).get("event_type") == "trunkwatch"
    ]


def _replies(stage: Stage, roots: Sequence[Message]) -> list[Message]:
    return [reply for root in roots for reply in stage.slack.thread(root.channel, root.ts)]


def _told_again(replies: Sequence[Message]) -> int:
    """How many recurrences were told in the thread of the first time."""
    return sum("Broken again" in reply.text for reply in replies)


class Actors:
    """The story's people: whoever is on call acknowledges, hands over, asks."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._slack = stage.slack
        self._pressed: set[str] = set()
        self.answered = 0
        self.unanswered: list[str] = []

    async def act(self) -> None:
        """Press what is there to be pressed: Alice acknowledges a new alert and hands it to Bob."""
        for message in _roots(self._stage):
            if message.ts not in self._pressed and "Acknowledge" in message.labels:
                self._pressed.add(message.ts)
                await self._slack.click(message, "Acknowledge", user="U01ALICE")
                await self._shows(message, "U01ALICE")
                await self._slack.pick_user(self._slack.current(message), "Assign…", "U02BOB", user="U01ALICE")
                await self._shows(message, "U02BOB")

    async def _shows(self, message: Message, owner: str) -> None:
        """Wait until the root names *owner*, or has no buttons any more because it is over."""

        def shown() -> bool:
            now = self._slack.current(message)
            return owner in now.shown or not now.labels

        await self._slack.until(shown, timeout=_PATIENCE)

    async def ask_everything(self) -> None:
        """Type every command once, one of them with a typo."""
        sha = self._stage.github.repository(TRUNK).line[-1]
        asked = ("", "inductor", "inductr", "alerts", "explain inductor", f"commit {sha[:10]}", "health", "help")
        for text in asked:
            try:
                answer = await self._slack.command("/trunk", text, user="U05ERIN", channel="C0INDUCTOR")
            except TimeoutError:
                self.unanswered.append(f"/trunk {text}")
                continue
            if answer.acknowledged and answer.messages:
                self.answered += 1
            else:
                self.unanswered.append(f"/trunk {text}")


def summed_up(stage: Stage, expected: Sequence[Fired], actors: Actors) -> Summary:
    """What came, beside what had to come."""
    roots = _roots(stage)
    replies = _replies(stage, roots)
    missing = [f"{len(expected)} alerts, but there are {len(roots)} in Slack"] if len(roots) != len(expected) else []
    keys = [(m.metadata or {}).get("event_payload", {}) for m in (*roots, *replies)]
    marks = [(key.get("alert"), key.get("entry")) for key in keys]
    if len(set(marks)) != len(marks):
        missing.append("every message once, but some are doubled")
    told = {str(mark[0]).partition(":")[0] for mark in marks if mark[1] == "root"}
    missing += [f"an alert of {fired.watch}" for fired in expected if fired.watch not in told]
    missing += [f"an answer to {text}" for text in actors.unanswered]
    reopened = _told_again(replies)
    if reopened != sum(fired.reopened for fired in expected):
        missing.append(f"{sum(f.reopened for f in expected)} recurrences in the same thread, but there are {reopened}")
    threads = sum(bool(stage.slack.thread(root.channel, root.ts)) for root in roots)
    return Summary(len(roots), threads, len(replies), actors.answered, tuple(missing))
