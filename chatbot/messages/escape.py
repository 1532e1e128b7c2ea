"""Text that is safe to show in Slack, told apart by type from text that is not.

Everything from outside (titles, names, job names, log lines) is `Untrusted` until `escape`, `code` or `plain` made it
`Text` or `Plain`; builders take nothing else. What is ours is written with `mrkdwn`, whose values are escaped like the
parameters of an SQL statement. Nothing here knows what a message says.

Slack decodes `&amp; &lt; &gt;` and has no escape for anything else, so formatting is taken away like this:

- `*`, `_` and `~` become the letters that look the same wherever they stand at the edge of a word; inside
  `test_a_b` Slack does not format, so names survive copying. Backticks always change. Zero-width characters would keep
  the glyphs, but whether they stop Slack depends on its parser; and a copied name would hide them.
- `:name:`, `@here` and a quote mark at the beginning get a word joiner, which no emoji or mention can contain.
- Bare addresses and #names stay as they are: builders set `verbatim` and posts `parse: none`, so Slack links neither.
- Control characters, terminal colours, text-direction overrides and invisible characters go; line breaks become spaces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from string import Formatter
from typing import Any, Final, Self
from urllib.parse import quote, urlsplit

from chatbot.messages.clip import clip_mrkdwn, clip_plain

URL_LIMIT: Final = 3000  # Slack's for a button; longer links are not made
_WORD_JOINER: Final = "\u2060"
_LOOKALIKES: Final = {  # jsx-slack's choice; Slack takes the full-width forms for formatting too
    "*": "\u2217",
    "_": "\u02cd",
    "~": "\u223c",
    "\uff0a": "\ufe61",
    "\uff3f": "\u2e0f",
    "\uff5e": "\u223c",
}
_EDGE: Final = re.compile("(?<![A-Za-z0-9])[*_~]|[*_~](?![A-Za-z0-9])|[\uff0a\uff3f\uff5e]")
_BACKTICKS: Final = str.maketrans({"`": "\u02cb", "\uff40": "\u02cb"})
_EMOJI: Final = re.compile(r":(?=[^\s:A-Z]+:)")  # Slack's names have no capitals
_BROADCAST: Final = re.compile(r"@(?=(?:here|channel|everyone|group)\b)", re.IGNORECASE)
_TERMINAL: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_SHORT: Final = 400  # characters; longer texts are rare, and not worth remembering
_REMEMBERED: Final = 4096  # texts and addresses: some megabytes
_LONGEST: Final = 20_000  # more than any message holds; whatever comes after is never looked at
_MARKS_AT_MOST: Final = 8  # combining marks on one letter; no script needs more
_USER: Final = re.compile(r"[UW][A-Z0-9]{2,30}")
_GROUP: Final = re.compile(r"S[A-Z0-9]{2,30}")
_CHANNEL: Final = re.compile(r"[CDG][A-Z0-9]{2,30}")
_MARKUP: Final = re.compile(r"<[^<>|]*\|([^<>]*)>|<([^<>]*)>|`")
_PING: Final = re.compile(r"<(?:@([UW][A-Z0-9]+)|!subteam\^(S[A-Z0-9]+)|!(here|channel|everyone))(?:\|[^<>]*)?>")


class Untrusted(str):
    """Text from outside. Nothing shows it before `escape`, `code` or `plain` has."""

    __slots__ = ()


class Text(str):
    """Slack mrkdwn that is safe to send. Making one directly from a string says: I vouch for it."""

    __slots__ = ()

    def __add__(self, other: str) -> Text:
        """Text with more after it; what is not `Text` is escaped."""
        return Text(f"{self}{escape(other)}")

    def joined(self, parts: Iterable[Text]) -> Text:
        """*parts* with this between them; what is empty is left out."""
        return Text(str(self).join(part for part in parts if part))

    def clipped(self, limit: int) -> Self:
        """At most *limit* characters, cut where nothing breaks."""
        return type(self)(clip_mrkdwn(self, limit))


class Plain(str):
    """Text for Slack's `plain_text` objects: shown as it is, without formatting, links or mentions."""

    __slots__ = ()

    def clipped(self, limit: int) -> Self:
        """At most *limit* characters, cut where nothing breaks."""
        return type(self)(clip_plain(self, limit))


def cleaned(value: str, *, limit: int | None = None) -> str:
    """One line of visible characters: no controls, no overrides, no lone surrogates, at most *limit* long."""
    line = " ".join(_visible(_TERMINAL.sub("", value[:_LONGEST])).split())
    return line if limit is None else clip_plain(line, limit)


def escape(value: str, *, limit: int | None = None) -> Text:
    """*value* as mrkdwn that shows it and does nothing else; `Text` passes unchanged.

    *limit* counts what readers see, before escaping makes it longer.
    """
    if isinstance(value, Text):
        return value if limit is None else value.clipped(limit)
    return _escaped(str(value), limit) if len(value) <= _SHORT else _made_safe(value, limit)


def _made_safe(value: str, limit: int | None) -> Text:
    line = _entities(cleaned(value, limit=limit).translate(_BACKTICKS))
    line = _EDGE.sub(_neutral, line)
    line = _EMOJI.sub(f":{_WORD_JOINER}", line)
    line = _BROADCAST.sub(f"@{_WORD_JOINER}", line)
    return Text(_WORD_JOINER + line if line.startswith(("&gt;", "\uff1e")) else line)


# The same names, titles and addresses are shown again and again: in every answer about a watch, in every edit.
_escaped = lru_cache(maxsize=_REMEMBERED)(_made_safe)


def code(value: str, *, limit: int | None = None) -> Text:
    """A code span; nothing but backticks changes in it, and those look the same. Empty text gives nothing."""
    line = _entities(cleaned(value, limit=limit).translate(_BACKTICKS))
    return Text(f"`{line}`" if line else "")


def plain(value: str, *, limit: int | None = None) -> Plain:
    """*value* for a `plain_text` object, where Slack formats and links nothing; of `Text`, what it reads as."""
    if isinstance(value, Text):
        bare = _MARKUP.sub(lambda match: match.group(1) or match.group(2) or "", value)
        value = bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return Plain(cleaned(value, limit=limit))


def mrkdwn(template: str, /, **values: Any) -> Text:
    """Our own words with values in `{braces}`, as `str.format` knows them; what is not `Text` is escaped.

    >>> mrkdwn("*{title}* is broken for {count} commits", title=Untrusted("a <b>"), count=3)
    '*a &lt;b&gt;* is broken for 3 commits'
    """
    parts = _named(template)
    if parts is None:
        return Text(_Escaping().vformat(template, (), values))
    return Text("".join([own if name is None else f"{own}{_field(values[name], spec)}" for own, name, spec in parts]))


def bold(value: str) -> Text:
    """In bold; empty text gives nothing."""
    return Text(f"*{shown}*" if (shown := escape(value)) else "")


def safe_url(url: str | None) -> str | None:
    """*url* with what would end a Slack link quoted, or `None` where it is no http(s) address of a host."""
    if not url:
        return None
    return _safe(str(url)) if len(url) <= _SHORT else _quoted(url)


def _quoted(url: str) -> str | None:
    if _UNSEEN.search(url) or any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in url):
        return None
    quoted = quote(url.strip(), safe="%/:=&?~#+!$,;'@()*[]-._")
    try:
        parts = urlsplit(quoted)
        good = (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
        )
    except ValueError:
        return None
    return quoted if good and len(quoted) <= URL_LIMIT else None


_safe = lru_cache(maxsize=_REMEMBERED)(_quoted)


def link(url: str | None, label: str) -> Text:
    """*label* linking to *url*; the label alone where the address is missing or not http(s)."""
    shown = escape(label)
    target = safe_url(url)
    if target is None or not shown or "<" in shown:
        return shown
    return Text(f"<{_entities(target)}|{shown}>")


def mention_user(user: str) -> Text:
    """Ping one person; the bare id where it is not a user's."""
    return Text(f"<@{user}>") if _USER.fullmatch(user) else escape(user)


def mention_group(group: str) -> Text:
    """Ping a user group; the bare id where it is not a group's."""
    return Text(f"<!subteam^{group}>") if _GROUP.fullmatch(group) else escape(group)


def mention(someone: str) -> Text:
    """Ping a user or a user group, whichever the id is; name a channel without pinging anybody."""
    if _GROUP.fullmatch(someone):
        return mention_group(someone)
    return channel_name(someone) if _CHANNEL.fullmatch(someone) else mention_user(someone)


def channel_name(channel: str) -> Text:
    """A channel's name, linked; pings nobody."""
    return Text(f"<#{channel}>") if _CHANNEL.fullmatch(channel) else escape(channel)


def pings(text: str) -> frozenset[str]:
    """Whom *text* would notify: user ids, group ids, `here`, `channel`, `everyone`."""
    return frozenset(user or group or broadcast for user, group, broadcast in _PING.findall(text))


class _Escaping(Formatter):
    """`str.format` that escapes its values, and keeps one of ours and one of theirs from making an emoji together."""

    def format_field(self, value: Any, format_spec: str) -> str:
        return _field(value, format_spec)

    def parse(self, format_string: Any) -> Any:
        return _parsed(format_string)


@lru_cache(maxsize=1024)
def _parsed(template: str) -> tuple[tuple[str, str | None, str | None, str | None], ...]:
    """The parts of *template*: ours are few, and written in the code."""
    parts: list[tuple[str, str | None, str | None, str | None]] = []
    after_value = False
    for literal, name, spec, conversion in Formatter().parse(template):
        before = _WORD_JOINER if after_value and (not literal or literal.startswith(":")) else ""
        after = _WORD_JOINER if name is not None and literal.endswith(":") else ""
        parts.append((f"{before}{literal}{after}", name, spec, conversion))
        after_value = name is not None
    return tuple(parts)


@lru_cache(maxsize=1024)
def _named(template: str) -> tuple[tuple[str, str | None, str], ...] | None:
    """The parts of *template* where its values are plain names, which `str.format`'s own way takes long for."""
    parts = [(own, name, spec or "", conversion) for own, name, spec, conversion in _parsed(template)]
    if any(
        name is not None and (conversion or "{" in spec or not name.isidentifier())
        for _, name, spec, conversion in parts
    ):
        return None
    return tuple((own, name, spec) for own, name, spec, _ in parts)


def _field(value: Any, spec: str) -> str:
    return str(value) if isinstance(value, Text) else str(escape(format(value, spec)))


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _neutral(match: re.Match[str]) -> str:
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    return match.group() if before.isspace() and after.isspace() else _LOOKALIKES[match.group()]


def _visible(text: str) -> str:
    """Controls become spaces, invisible and overriding characters go, surrogates without a partner are marked."""
    if text.isascii() and text.isprintable():
        return text
    kept: list[str] = []
    marks = 0
    for char in _UNSEEN.sub("", text):
        category = unicodedata.category(char)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks <= _MARKS_AT_MOST:
            kept.append(" " if category in {"Cc", "Zl", "Zp"} else "\ufffd" if category == "Cs" else char)
    return "".join(kept)
