"""An alert's whole life on the page, in a real Chromium, at a desk and on a phone; the README's other pictures.

As in `test_page`: one story and one browser, on one loop, and whoever acts comes last.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.browsed import browser, kept, opened, sideways
from tests.e2e.played import Played, played

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

DESK, PHONE = (1180, 830), (390, 844)
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def broken(tmp_path_factory: pytest.TempPathFactory, valkey_url: str) -> AsyncIterator[Played]:
    """The story just after inductor broke."""
    async with played(tmp_path_factory.mktemp("life"), valkey_url) as made:
        await made.until(made.breach + timedelta(minutes=1))
        await made.alert()
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with browser() as running:
        yield running


def root(page: Page) -> Locator:
    """The alert in the channel."""
    return page.get_by_role("main").get_by_role("article").filter(has_text="Inductor jobs broken").first


async def chosen(page: Page, label: str) -> Locator:
    """The window that an entry of the alert's menu opens."""
    await root(page).get_by_role("combobox", name="More").click()
    await page.get_by_role("option", name=label).click()
    return page.get_by_role("dialog")


async def typed(page: Page, text: str) -> None:
    """A command, typed into the channel."""
    await page.get_by_role("textbox", name="Message #broken-inductor").click()
    await page.keyboard.type(text)
    await page.keyboard.press("Enter")


@SIZES
async def test_snooze_shows_what_stays_silent_and_refuses_what_is_no_time(
    broken: Played, chromium: Browser, size: tuple[int, int]
) -> None:
    async with opened(chromium, broken, *size) as page:
        await root(page).get_by_role("button", name="Snooze").click()
        window = page.get_by_role("dialog")
        await expect(window.get_by_text("What stays silent")).to_be_visible()
        await window.get_by_text("Until the next green").click()
        await expect(window.get_by_text("replies about further failing commits")).to_be_visible()
        await kept(page, f"snooze{'-phone' if size == PHONE else ''}.png")
        await window.get_by_role("textbox", name="Or until").fill("until yesterday")
        await window.get_by_role("button", name="Snooze").click()
        await expect(window.get_by_text("Yesterday is over already")).to_be_visible()
        assert await sideways(page) == 0
        await window.get_by_role("button", name="Cancel").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)


@SIZES
async def test_history_is_a_picture_that_says_in_words_what_it_shows(
    broken: Played, chromium: Browser, size: tuple[int, int]
) -> None:
    async with opened(chromium, broken, *size) as page:
        await typed(page, "/trunk history inductor")
        answer = page.get_by_role("main").get_by_role("article").filter(has_text="Only visible to you").last
        await expect(answer.get_by_role("img", name=re.compile("commits"))).to_be_visible()
        await kept(page, f"history{'-phone' if size == PHONE else ''}.png")
        assert await sideways(page) == 0


@SIZES
async def test_the_home_says_what_is_open_for_whom(broken: Played, chromium: Browser, size: tuple[int, int]) -> None:
    async with opened(chromium, broken, *size) as page:
        await page.goto(f"{broken.slack.url}/#/home?as=U01ALICE")
        await expect(page.get_by_text("Quiet hours: none")).to_be_visible()
        await expect(page.get_by_text("Inductor jobs broken").first).to_be_visible()
        await kept(page, f"home{'-phone' if size == PHONE else ''}.png")
        assert await sideways(page) == 0


@SIZES
async def test_settings_are_a_window_over_the_home(broken: Played, chromium: Browser, size: tuple[int, int]) -> None:
    async with opened(chromium, broken, *size) as page:
        await page.goto(f"{broken.slack.url}/#/home?as=U01ALICE")
        await page.get_by_role("button", name="Change").click()
        window = page.get_by_role("dialog")
        await expect(window.get_by_text("Quiet hours").first).to_be_visible()
        await window.get_by_role("button", name="Cancel").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_what_somebody_says_in_the_thread_is_put_on_the_timeline_by_a_pin_or_the_menu(
    broken: Played, chromium: Browser
) -> None:
    async with opened(chromium, broken, *DESK) as page:
        await root(page).get_by_role("button", name=re.compile(r"\d repl")).click()
        thread = page.get_by_role("complementary", name="Thread")
        for said in ("Reverting it now", "The runner pool is fine"):
            await thread.get_by_role("textbox").click()
            await page.keyboard.type(said)
            await page.keyboard.press("Enter")
        first = thread.get_by_role("article").filter(has_text="Reverting it now")
        await first.hover()
        await first.get_by_role("button", name="Add reaction…").click()
        await page.get_by_role("searchbox", name=re.compile("emoji", re.IGNORECASE)).fill("pushpin")
        await page.keyboard.press("Enter")
        await expect(thread.get_by_text("On the timeline.").first).to_be_visible()
        second = thread.get_by_role("article").filter(has_text="The runner pool is fine")
        await second.hover()
        await second.get_by_role("button", name="Message shortcuts").click()
        await page.get_by_role("menuitem", name=re.compile("Add to timeline")).click()
        await expect(page.get_by_text("On the timeline.")).to_have_count(2)


async def test_the_likeliest_to_take_it_come_first(broken: Played, chromium: Browser) -> None:
    async with opened(chromium, broken, *DESK) as page:
        window = await chosen(page, "Assign to…")
        await expect(window.get_by_role("radio").first).to_be_visible()
        await kept(page, "assign.png")
        await window.get_by_role("radio", name=re.compile("wrote")).first.click()
        await window.get_by_role("button", name="Assign").click()
        await expect(root(page).get_by_text("@Carol Osei is asked")).to_be_visible()


async def test_a_confirmed_culprit_is_shown_by_the_alert(broken: Played, chromium: Browser) -> None:
    async with opened(chromium, broken, *PHONE) as page:
        window = await chosen(page, "Confirm culprit")
        await window.get_by_role("radio").first.click()
        await window.get_by_role("button", name="Confirm").click()
        await expect(root(page).get_by_text("Culprit").first).to_be_visible()


async def test_resolving_takes_a_note_and_the_timeline_is_a_file_in_the_thread(
    broken: Played, chromium: Browser
) -> None:
    async with opened(chromium, broken, *DESK) as page:
        window = await chosen(page, "Resolve")
        await window.get_by_role("textbox", name=re.compile("Note")).fill("Fixed by a revert")
        await window.get_by_role("button", name="Resolve").click()
        await expect(root(page).get_by_text(re.compile("esolved")).first).to_be_visible()
        await typed(page, "/trunk timeline inductor")
        await root(page).get_by_role("button", name=re.compile(r"\d repl")).click()
        thread = page.get_by_role("complementary", name="Thread")
        await expect(thread.get_by_text("Fixed by a revert").first).to_be_visible()
        await expect(thread.get_by_role("link", name="Timeline of inductor")).to_be_visible()
