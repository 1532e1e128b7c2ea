"""People who press and type: each now and then, whatever comes to mind, as long as they are let."""

from __future__ import annotations

import asyncio
import time
from random import Random

from chatbot.sandbox.slack import Message, SlackSandbox
from tests.benchmarks.load.story import Shape, sha, trunk

_PAUSE = 15.0  # seconds between two acts of a person, in the mean
_TYPED = ["watch"] * 6 + ["alerts", "health", "mine", "", "commit", "history", "flaky", "suspects"]


class People:
    """In `took`, the seconds until each saw an answer, by what they did; in `failed`, what got none."""

    def __init__(self, slack: SlackSandbox, shape: Shape, channels: list[str]) -> None:
        self._slack = slack
        self._shape = shape
        self._channels = channels
        self._tasks: list[asyncio.Task[None]] = []
        self.took: dict[str, list[float]] = {}
        self.failed: list[str] = []

    def begin(self) -> None:
        """Let them in."""
        for number in range(self._shape.people):
            self._tasks.append(asyncio.create_task(self._person(f"U{number:08d}", Random(number))))

    async def end(self) -> None:
        """Send them home."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _person(self, user: str, random: Random) -> None:
        while True:
            await asyncio.sleep(random.expovariate(1 / _PAUSE))
            channel = random.choice(self._channels)
            pressed = self._to_press(channel, random) if random.random() < 0.2 else None
            if pressed is not None:
                await self._press(pressed, user)
            else:
                await self._type(random, user, channel)

    async def _type(self, random: Random, user: str, channel: str) -> None:
        word = random.choice(_TYPED)
        name = trunk(random.randrange(self._shape.trunks))
        watch = f"{name}-w{random.randrange(3)}"
        what = {"commit": sha(name, random.randrange(-self._shape.commits, 0)), "suspects": f"{name}-probe0"}
        wanted = word in ("commit", "history", "flaky", "suspects")
        text = watch if word == "watch" else f"{word} {what.get(word, watch)}" if wanted else word
        began = time.perf_counter()
        try:
            answer = await self._slack.command("/trunk", text, user=user, channel=channel)
        except TimeoutError:
            self.failed.append(f"/trunk {text}: no answer")
            return
        self._note(f"/trunk {word}".strip(), began)
        if not answer.acknowledged or answer.error:
            self.failed.append(f"/trunk {text}: {answer.error}")

    def _to_press(self, channel: str, random: Random) -> Message | None:
        open_alerts = [message for message in self._slack.messages(channel) if "Acknowledge" in message.labels]
        return random.choice(open_alerts) if open_alerts else None

    async def _press(self, message: Message, user: str) -> None:
        began = time.perf_counter()
        answer = await self._slack.click(message, "Acknowledge", user=user)
        self._note("press, acknowledged", began)
        if not answer.acknowledged:
            self.failed.append("a press: no acknowledgement")
            return
        try:
            await self._slack.until(lambda: "Acknowledge" not in self._slack.current(message).labels)
        except TimeoutError:
            self.failed.append("a press: not shown within 10 s")
            return
        self._note("press, shown", began)

    def _note(self, what: str, began: float) -> None:
        self.took.setdefault(what, []).append(time.perf_counter() - began)
