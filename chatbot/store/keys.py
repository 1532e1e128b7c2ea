"""Every key that the bot keeps, as data: its type, its owner, its size, its lifetime.

Nothing else spells a key. The braces put what changes together into one slot of a Redis Cluster: a
trunk's keys share `{trunk}`, a watch's and its alerts' share `{watch}`.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from fnmatch import translate
from functools import cache, lru_cache
from re import Pattern
from re import compile as compiled
from urllib.parse import quote

from msgspec import Struct

CLOSED_ALERTS = timedelta(days=90)
AUDIT = timedelta(days=180)
SET_ASIDE = timedelta(days=30)
SUMMARY = timedelta(days=30)
FILES = timedelta(days=30)
PULLS = timedelta(days=30)
PEOPLE = timedelta(days=1)
FLAKES = timedelta(days=90)
SEEN = timedelta(hours=1)
SETTINGS = timedelta(days=400)
HOMES = timedelta(days=30)
AUDIT_ENTRIES = 500


class Owner(StrEnum):
    """What a key belongs to; it goes when that goes."""

    BOT = "bot"
    TRUNK = "trunk"
    WATCH = "watch"
    ALERT = "alert"
    PERSON = "person"


class Key(Struct, frozen=True):
    """One kind of key. `pattern` is its name with `*` where names go; `lives` says in words how long."""

    name: str
    pattern: str
    type: str
    owner: Owner
    size: str
    lives: str


KEYS = (
    Key("schema", "schema", "string", Owner.BOT, "a few bytes", "for ever"),
    Key("watches", "watches", "zset", Owner.BOT, "50 bytes a watch", "a watch without alerts leaves after 90 days"),
    Key("set aside", "aside", "zset", Owner.BOT, "200 bytes a document, 200 at most", "30 days"),
    Key("replicas", "replicas", "zset", Owner.BOT, "60 bytes a replica", "until a replica misses 3 heartbeats"),
    Key("seen", "seen:*", "string", Owner.BOT, "100 bytes a delivery", "1 hour"),
    Key("hints", "hints", "stream", Owner.BOT, "150 bytes a hint, about 200", "until newer ones take their place"),
    Key("people", "{*}:people:*", "string", Owner.BOT, "100 bytes a person or group looked up in Slack", "1 day"),
    Key("notice", "{*}:notice", "hash", Owner.BOT, "300 bytes a team with shifts", "for ever"),
    Key("lease", "{*}:lease", "string", Owner.TRUNK, "100 bytes", "the lease's own time"),
    Key("fence", "{*}:fence", "string", Owner.TRUNK, "80 bytes", "for ever, one a lease name"),
    Key("commit order", "{*}:commits", "zset", Owner.TRUNK, "100 bytes a commit", "the window"),
    Key("commits", "{*}:commit", "hash", Owner.TRUNK, "500 bytes a commit", "the window"),
    Key(
        "workflows", "{*}:workflows", "hash", Owner.TRUNK, "60 bytes a workflow", "while a commit of the window has it"
    ),
    Key("shard names", "{*}:names", "hash", Owner.TRUNK, "60 bytes a shard", "while a commit of the window has it"),
    Key("outcomes", "{*}:of:*", "hash", Owner.TRUNK, "30 bytes an outcome", "the window"),
    Key("failures", "{*}:failures:*", "hash", Owner.TRUNK, "300 bytes an explained failure", "the window"),
    Key("state", "{*}:state", "hash", Owner.TRUNK, "the source's cursor, 1 to 200 kB", "as long as the trunk"),
    Key("files", "{*}:files:*", "string", Owner.TRUNK, "1 kB a commit that was suspected", "30 days"),
    Key("pulls", "{*}:pulls:*", "string", Owner.TRUNK, "500 bytes a pull request looked up", "30 days"),
    Key("flakes", "{*}:flakes", "hash", Owner.TRUNK, "150 bytes a job", "90 days after the last poll"),
    Key("model", "{*}:model", "hash", Owner.TRUNK, "10 to 200 kB", "until it is reset"),
    Key("digests", "{*}:digests", "hash", Owner.BOT, "5 to 20 kB a team with a schedule", "until it is reset"),
    Key("summary", "{*}:summary", "hash", Owner.WATCH, "1 to 20 kB a watch", "30 days after the last evaluation"),
    Key("fence of alerts", "{*}:fenced", "string", Owner.WATCH, "100 bytes", "90 days after the last alert"),
    Key("open alert", "{*}:open", "string", Owner.WATCH, "100 bytes", "while the alert is open"),
    Key("alerts of a watch", "{*}:alerts", "zset", Owner.WATCH, "80 bytes an alert", "as long as the alerts"),
    Key("undelivered", "{*}:undelivered", "set", Owner.WATCH, "60 bytes an alert", "until Slack shows them"),
    Key("alert", "{*}:alert:*", "hash", Owner.ALERT, "2 to 50 kB", "while open, then 90 days"),
    Key("picture", "{*}:picture:*", "string", Owner.ALERT, "100 bytes an alert that stayed", "90 days"),
    Key(
        "audit",
        "{*}:audit:*",
        "stream",
        Owner.ALERT,
        "150 bytes an entry, 500 at most",
        "180 days after the last entry",
    ),
    Key(
        "settings",
        "{*}:settings:*",
        "string",
        Owner.PERSON,
        "200 bytes a person who changed theirs",
        "400 days after they last looked at their Home",
    ),
    Key("home", "{*}:home:*", "string", Owner.PERSON, "100 bytes a person", "30 days"),
    Key("set-aside document", "{*}:aside:*", "any", Owner.ALERT, "what it was", "30 days"),
)


class Keys:
    """Spells keys. *prefix* keeps several bots apart on one Redis, and tests from each other."""

    def __init__(self, prefix: str = "tw") -> None:
        self.prefix = prefix

    def bot(self, name: str) -> str:
        """A key of the whole bot."""
        return f"{self.prefix}:{name}"

    def of(self, owner: str, *names: str) -> str:
        """A key that belongs to a trunk or a watch, in its slot."""
        return ":".join((f"{self.prefix}:{{{spelled(owner)}}}", *names))

    def alert(self, alert_id: str, kind: str = "alert") -> str:
        """A key of an alert, in the slot of its watch."""
        return self.of(watch_of(alert_id), kind, alert_id.rpartition(":")[2])


@lru_cache(maxsize=8192)  # each thing that Grafana tells of is an owner
def spelled(owner: str) -> str:
    """*owner* without what would end the braces or look like a pattern."""
    return quote(owner, safe="/ +=,.-_@!~") or "%"


def watch_of(alert_id: str) -> str:
    """The watch that an alert's id begins with: `inductor:20261120-3f9a` belongs to `inductor`."""
    return alert_id.rpartition(":")[0]


def kind_of(key: str, prefix: str) -> Key | None:
    """Which kind of key *key* is; `None` where it is not ours."""
    return next((kind for kind in KEYS if _expression(f"{prefix}:{kind.pattern}").fullmatch(key)), None)


@cache
def _expression(pattern: str) -> Pattern[str]:
    return compiled(translate(pattern))
