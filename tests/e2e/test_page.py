"""The page as a stranger meets it, in a real Chromium: an alert, what can be pressed, a thread, a command, a phone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.e2e.browsed import browser, kept, opened, sideways
from tests.e2e.played import Played, played

# One story and one browser for all of them, on one loop; whoever acts comes last.
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def broken(tmp_path_factory: pytest.TempPathFactory, valkey_url: str) -> AsyncIterator[Played]:
    """The story just after inductor broke."""
    async with played(tmp_path_factory.mktemp("page"), valkey_url) as made:
        await made.until(made.breach + timedelta(minutes=1))
        await made.alert()
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with browser() as running:
        yield running


async def test_on_a_phone_nothing_scrolls_sideways(broken: Played, chromium: Browser) -> None:
    async with opened(chromium, broken, width=390, height=844) as page:
        assert await sideways(page) == 0
        button = await page.get_by_role("button", name="Acknowledge").bounding_box()
        assert button is not None
        assert button["x"] + button["width"] <= 390
        await page.get_by_role("button", name=re.compile("You are")).click()
        assert await sideways(page) == 0


async def test_the_dark_theme_is_dark_and_follows_the_system(broken: Played, chromium: Browser) -> None:
    async with opened(chromium, broken, dark=True) as page:
        red, green, blue = await page.evaluate(
            "getComputedStyle(document.querySelector('main')).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
        )
        assert max(red, green, blue) < 80
        await page.get_by_role("button", name="Use the light theme").click()
        await expect(page.get_by_role("button", name="Use the dark theme")).to_be_visible()


async def test_the_pictures_of_the_readme_are_there(broken: Played, chromium: Browser) -> None:
    for name, dark in {"alert.png": False, "alert-dark.png": True}.items():
        async with opened(chromium, broken, width=1180, height=830, dark=dark) as page:
            await kept(page, name)


async def test_a_stranger_finds_their_way(broken: Played, chromium: Browser) -> None:
    async with opened(chromium, broken) as page:
        main = page.get_by_role("main")
        await expect(main.get_by_role("heading", name="broken-inductor", level=1)).to_be_visible()
        await expect(main.get_by_text("nobody has it yet")).to_be_visible()

        await main.get_by_role("button", name="Acknowledge").click()
        await expect(main.get_by_text("@Alice Moreau has it")).to_be_visible()
        await expect(main.get_by_role("button", name="Acknowledge")).to_have_count(0)

        await main.get_by_role("combobox", name="Assign…").click()
        await page.get_by_role("searchbox", name="Find a person").fill("bob")
        await page.get_by_role("option", name="Bob Tanaka").click()
        await expect(main.get_by_text("@Bob Tanaka has it")).to_be_visible()

        await main.get_by_role("button", name=re.compile(r"\d replies")).click()
        thread = page.get_by_role("complementary", name="Thread")
        await expect(thread.get_by_text("Acknowledged by alice.")).to_be_visible()
        await expect(thread.get_by_text("assigned this to you")).to_be_visible()
        await thread.get_by_role("button", name="Close thread").click()

        message = main.get_by_role("textbox", name="Message #broken-inductor")
        await message.click()
        await page.keyboard.type("/tr")
        hint = main.get_by_role("listbox", name="Commands")
        await expect(hint.get_by_role("option", name=re.compile("commit SHA"))).to_be_visible()
        await page.keyboard.type("unk inductor")
        await page.keyboard.press("Enter")
        await expect(main.get_by_text("Only visible to you")).to_be_visible()
        await expect(main.get_by_text("Recent failures")).to_be_visible()
        await expect(main.get_by_text("Fuse the reduction epilogue").first).to_be_visible()

        await page.get_by_role("button", name="You are:").click()
        await page.get_by_role("menuitemradio", name="Carol Osei").click()
        await expect(page.get_by_role("button", name="You are: Carol Osei")).to_be_visible()
        await expect(main.get_by_text("Only visible to you")).to_have_count(0)
        await expect(main.get_by_text("@Bob Tanaka has it")).to_be_visible()
    assert not broken.slack.failed_acks
