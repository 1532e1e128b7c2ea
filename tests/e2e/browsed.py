"""A real Chromium that looks at a played story, and the README's pictures of it.

Pictures are written where they are missing, or with TRUNKWATCH_PICTURES=1; the story's clock and a fixed clock of the
browser make them the same every time.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.e2e.played import CHANNEL, Played

PICTURES = Path(__file__).resolve().parents[2] / "deploy" / "pictures"
LARGEST = 300_000  # bytes: a README is read on phones as well
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextlib.asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, without a window."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        await running.close()


@contextlib.asynccontextmanager
async def opened(
    chromium: Browser, story: Played, width: int = 1280, height: int = 860, *, dark: bool = False
) -> AsyncIterator[Page]:
    """The channel as Alice sees it; whatever the page complains of in its console fails the test."""
    context = await chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        timezone_id="UTC",
        locale="en-US",
        reduced_motion="reduce",
    )
    page = await context.new_page()
    page.set_default_timeout(15_000)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.extend([message.text] * (message.type in {"error", "warning"})))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.clock.set_fixed_time(story.github.now)
    await page.goto(f"{story.slack.url}/#/{CHANNEL}?as=U01ALICE")
    await expect(page.get_by_text("Inductor jobs broken for 3 commits in a row").first).to_be_visible()
    yield page
    assert complaints == []
    await context.close()


async def sideways(page: Page) -> int:
    """Pixels by which the page is wider than the screen."""
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


async def kept(page: Page, name: str) -> None:
    """The picture of that name, taken where it is missing or wanted anew."""
    if os.environ.get("TRUNKWATCH_PICTURES") == "1" or not (PICTURES / name).exists():
        PICTURES.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=PICTURES / name, animations="disabled", caret="hide")
    assert 10_000 < (PICTURES / name).stat().st_size < LARGEST
