"""Any text from outside shows itself and does nothing else."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatbot.messages.clip import clip_mrkdwn, clip_plain, clusters, units
from chatbot.messages.dates import ago, date, span
from chatbot.messages.escape import (
    Text,
    Untrusted,
    bold,
    channel_name,
    code,
    escape,
    link,
    mention,
    mention_group,
    mention_user,
    mrkdwn,
    pings,
    plain,
    safe_url,
)

MARKUP = st.text(
    st.sampled_from(
        "*_~`>&<@#:!|^-. \n\t\x1b\u202eab1Z日\uff0a\uff3f\uff5e\uff40\uff1e\U0001f469\u200d\U0001f3fd\u0301\u2060\ud800"
    ),
    max_size=60,
)
OUTSIDE = st.one_of(MARKUP, st.text(st.characters(), max_size=60))
FORMATTING = re.compile(
    r"(?<![A-Za-z0-9])([*_~\uff0a\uff3f\uff5e])(?=\S)[^\n]*?(?<=\S)\1(?![A-Za-z0-9])"
    r"|[`\uff40]|:[^\s:A-Z\u2060]+:|^(?:&gt;|>|\uff1e)|@(?:here|channel|everyone)\b|[\n\r\u2028\u2029]"
)
WELL_FORMED = re.compile(r"(?:[^&<>]|&(?:amp|lt|gt);)*")


@given(OUTSIDE)
@example("<!channel> & <b>")
@example("*bold* _it_ ~gone~ `code` :x: > q")
@example("a::b::c @here <@U123|x> <!subteam^S1>")
@example("*_*_*")
def test_text_from_outside_pings_nobody_and_starts_no_formatting(text: str) -> None:
    shown = escape(Untrusted(text))
    assert WELL_FORMED.fullmatch(shown)
    assert not FORMATTING.search(shown)
    assert not pings(shown)


@given(OUTSIDE, OUTSIDE)
def test_values_side_by_side_in_a_template_start_no_formatting_together(one: str, two: str) -> None:
    shown = mrkdwn("{one}{two}", one=Untrusted(one), two=two)
    assert not FORMATTING.search(shown)
    assert not FORMATTING.search(mrkdwn("a:{one}:{two}", one=one, two=two).removeprefix("a:"))


@given(OUTSIDE)
def test_a_code_span_holds_exactly_one_line_of_text_and_never_ends_early(text: str) -> None:
    shown = code(text)
    assert shown == "" or re.fullmatch(r"`[^`\n]+`", shown)
    assert WELL_FORMED.fullmatch(shown)


@given(OUTSIDE)
def test_nothing_shown_overrides_direction_or_controls_the_terminal(text: str) -> None:
    for shown in (escape(text), code(text), plain(text)):
        assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in shown)
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f]", shown)


@given(st.text(st.sampled_from("|<>&\"' `\n*abc/:@%é"), max_size=40), OUTSIDE)
def test_a_link_is_one_link_or_only_its_label(rest: str, label: str) -> None:
    shown = link(f"https://ci.example/{rest}", label)
    assert re.fullmatch(r"<https://[^<>|\s]+\|[^<>]+>", shown) or "<" not in shown


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "ftp://x/",
        "//x/y",
        "https://",
        "http://[::1",
        "https://a:b@c/",
        "https://x\n.y/",
        "https://x:99999/",
    ],
)
def test_an_address_that_is_not_http_is_no_link(url: str | None) -> None:
    assert safe_url(url) is None
    assert link(url, "label") == "label"


def test_a_link_quotes_what_would_end_it() -> None:
    assert link("https://x.y/a|b>c d?e=1&f=2", "<l>") == "<https://x.y/a%7Cb%3Ec%20d?e=1&amp;f=2|&lt;l&gt;>"


def test_a_link_whose_label_is_a_link_is_only_the_label() -> None:
    inner = link("https://x.y/", "inner")
    assert link("https://a.b/", inner) == inner


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[inductor] Fix foo_bar_baz & co", "[inductor] Fix foo_bar_baz &amp; co"),
        ("a * b * c", "a * b * c"),
        ("*args", "\u2217args"),
        ("__init__", "ˍˍinitˍˍ"),
        ("torch::jit::Node", "torch::\u2060jit::Node"),
        ("> quoted", "\u2060&gt; quoted"),
        ("two\n lines\u2028three", "two lines three"),
        ("\x1b[31;1mred\x1b[0m \x1b]0;title\x07end", "red end"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("👩🏽‍🚀 fine", "👩🏽‍🚀 fine"),
        ("mail a@example.com", "mail a@example.com"),
    ],
)
def test_escaped_text_reads_as_before(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_text_is_never_escaped_twice() -> None:
    assert escape(escape("a & b")) == "a &amp; b"
    assert mrkdwn("{x}", x=escape("*a*")) == escape("*a*")


def test_a_limit_counts_what_readers_see() -> None:
    assert escape("&&&&&&", limit=4) == "&amp;&amp;&amp;…"


def test_a_template_formats_numbers_and_escapes_the_rest() -> None:
    shown = mrkdwn("*{title}* {share:.0%} of {count:,}", title=Untrusted("<b>"), share=0.5, count=1234)
    assert shown == "*&lt;b&gt;* 50% of 1,234"


def test_adding_to_text_escapes_what_is_not_text() -> None:
    assert mrkdwn("*a* ") + Untrusted("*b*") == "*a* \u2217b\u2217"
    assert Text(", ").joined([mrkdwn("a"), Text(""), mrkdwn("b")]) == "a, b"


def test_empty_text_gets_no_formatting_marks() -> None:
    assert (bold(""), code("\n")) == ("", "")
    assert bold("x") == "*x*"


def test_mentions_are_made_from_ids_only() -> None:
    assert mention_user("U01ALICE") == "<@U01ALICE>"
    assert mention_group("S01") == "<!subteam^S01>"
    assert mention("S01") == "<!subteam^S01>"
    assert mention("C0DEV") == channel_name("C0DEV") == "<#C0DEV>"
    assert pings(mention_user("U1> <!channel")) == frozenset()
    assert pings("<@U01> <!subteam^S02|@team> <!here>") == {"U01", "S02", "here"}


def test_plain_text_shows_what_was_written() -> None:
    assert plain("*a* & <b>\n`c`") == "*a* & <b> `c`"
    assert plain(mrkdwn("*{a}* {b} {c}", a="<x>", b=link("https://x.y/", "here"), c=code("y"))) == "*<x>* here y"


@given(OUTSIDE, st.integers(0, 40))
def test_a_cut_fits_and_keeps_whole_characters(text: str, limit: int) -> None:
    cut = clip_plain(text, limit)
    assert units(cut) <= limit
    assert text.startswith(cut.removesuffix("…"))
    assert "".join(clusters(text)) == text


@given(
    st.lists(
        st.one_of(
            OUTSIDE.map(escape),
            OUTSIDE.map(code),
            OUTSIDE.map(lambda t: link("https://x.y/z", t)),
            st.just(mention_user("U01")),
        )
    ),
    st.integers(0, 60),
)
def test_a_cut_in_marked_up_text_leaves_it_well_formed(parts: list[Text], limit: int) -> None:
    whole = Text(" ").joined(parts)
    cut = clip_mrkdwn(whole, limit)
    assert units(cut) <= limit
    assert cut.count("`") % 2 == 0
    assert WELL_FORMED.fullmatch(re.sub(r"<https://x\.y/z\|(?:[^&<>]|&(?:amp|lt|gt);)+>|<@U01>", "", cut))


def test_a_cut_in_a_long_code_span_closes_it() -> None:
    assert clip_mrkdwn(code("x" * 50), 10) == "`xxxxxxx…`"
    assert clip_mrkdwn(Text("```\n" + "x" * 50 + "\n```"), 12) == "```\nxxxx…```"
    assert clip_mrkdwn("see `abc`", 6) == "see…"


@pytest.mark.parametrize("character", ["👩‍👩‍👧‍👦", "🇩🇪", "👍🏽", "é̂", "\u1112\u1161\u11ab", "❤️"])
def test_a_cut_never_splits_a_character(character: str) -> None:
    assert clip_plain(character * 2, units(character) + 1) == character + "…"


def test_a_moment_is_shown_in_the_readers_zone_with_utc_as_fallback() -> None:
    when = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    assert date(when) == f"<!date^{int(when.timestamp())}^{{date_short_pretty}} {{time}}|2026-01-05 09:00 UTC>"
    assert date(when, "{time}|>", fallback="a|<b>").endswith("^{time}|a/&lt;b&gt;>")
    with pytest.raises(ValueError, match="zone"):
        date(datetime(2026, 1, 5))  # noqa: DTZ001  the mistake under test


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=12, seconds=30), "12 min"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(days=1, minutes=5), "1 d"),
        (timedelta(days=3, hours=4, minutes=5), "3 d 4 h"),
    ],
)
def test_a_duration_reads_in_its_two_largest_units(length: timedelta, shown: str) -> None:
    assert span(length) == shown


def test_ago_says_just_now_within_a_minute() -> None:
    now = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    assert ago(now - timedelta(seconds=30), now=now) == "just now"
    assert ago(now - timedelta(hours=1), now=now) == "1 h ago"
