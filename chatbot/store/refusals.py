"""What Redis refuses, in our words: one table from its codes to what the caller should do.

Every text says what to do. None holds a password, a user name or the arguments of a command: only the
code decides what is said, and the server's own words are shown with the secrets taken out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct
from redis import exceptions as foreign
from redis.asyncio.sentinel import MasterNotFoundError

from chatbot.errors import PermanentError, TransientError, TrunkwatchError


class LostLease(TransientError):  # noqa: N818  a state of affairs; "LostLeaseError" would say it twice
    """Another replica holds the lease by now: what was to be written is not, and must not be."""


class Refusal(Struct, frozen=True):
    """What one code means: the remedy, whether waiting helps, and the seconds to wait where that is known."""

    advice: str
    lasting: bool = False
    retry_after: float | None = None


UNREACHABLE = "UNREACHABLE"
TIMEOUT = "TIMEOUT"
CERTIFICATE = "CERTIFICATE_VERIFY_FAILED"
SENTINEL_AUTH = "SENTINEL_AUTH"

REFUSALS = {
    UNREACHABLE: Refusal("it cannot be reached; check that it runs and that REDIS_URL names the right host and port"),
    TIMEOUT: Refusal("it did not answer in time; check its load, its disk and the network in between"),
    "LOADING": Refusal("it is still loading its data from disk; this ends by itself", retry_after=2.0),
    "READONLY": Refusal(
        "it is a replica and takes no writes; a failover may be under way, otherwise point REDIS_URL at the primary",
        retry_after=1.0,
    ),
    "CLUSTERDOWN": Refusal("a part of the cluster is down; check `CLUSTER INFO` on its nodes", retry_after=1.0),
    "MASTERDOWN": Refusal("its primary cannot be reached; a failover may be under way", retry_after=1.0),
    "NOMASTER": Refusal(
        "Sentinel knows no reachable primary of that name; check the service name in REDIS_URL and `SENTINEL masters`",
        retry_after=1.0,
    ),
    "TRYAGAIN": Refusal("the cluster is moving this slot to another node; this ends by itself", retry_after=0.5),
    "MOVED": Refusal("the cluster moved this slot while we asked; this ends by itself", retry_after=0.5),
    "ASK": Refusal("the cluster is moving this slot to another node; this ends by itself", retry_after=0.5),
    "OOM": Refusal(
        "its memory is full; raise `maxmemory` or remove other data, the eviction policy must be noeviction"
    ),
    "MISCONF": Refusal(
        "it cannot write to its disk and therefore refuses writes; free disk space and look at its own log"
    ),
    "BUSY": Refusal("it is busy with somebody's script; look at `SLOWLOG GET`", retry_after=1.0),
    "NOREPLICAS": Refusal("it has fewer replicas than `min-replicas-to-write` wants", retry_after=2.0),
    "UNBLOCKED": Refusal("it changed its role while we waited", retry_after=0.5),
    "MAXCLIENTS": Refusal("it has no connection left for us; raise `maxclients` or close other clients"),
    "NOAUTH": Refusal("it wants a password; put it into REDIS_URL as `redis://:PASSWORD@host`", lasting=True),
    "WRONGPASS": Refusal("it refuses the user or the password of REDIS_URL; correct them", lasting=True),
    "NOPERM": Refusal(
        "the user of REDIS_URL lacks a right; give it `+@all -@dangerous +info +memory|usage ~tw:*`", lasting=True
    ),
    "WRONGTYPE": Refusal("one of our keys holds something else; another program uses the same names", lasting=True),
    SENTINEL_AUTH: Refusal(
        "Sentinel wants a password or refuses it; append `?sentinel_password=PASSWORD` to REDIS_URL", lasting=True
    ),
    CERTIFICATE: Refusal(
        "its certificate is not trusted; append `?ssl_ca_certs=FILE` and name the host as the certificate does",
        lasting=True,
    ),
    "CROSSSLOT": Refusal("it is a cluster; write REDIS_URL as `redis+cluster://host:port`", lasting=True),
}

_CLASSES: tuple[tuple[type[Exception], str], ...] = (
    (foreign.BusyLoadingError, "LOADING"),
    (foreign.AuthenticationError, "WRONGPASS"),
    (foreign.AuthorizationError, "NOPERM"),
    (foreign.NoPermissionError, "NOPERM"),
    (foreign.AuthenticationWrongNumberOfArgsError, "WRONGPASS"),
    (foreign.MaxConnectionsError, "MAXCLIENTS"),
    (foreign.OutOfMemoryError, "OOM"),
    (foreign.ReadOnlyError, "READONLY"),
    (foreign.MasterDownError, "MASTERDOWN"),
    (foreign.RedisClusterException, "CLUSTERDOWN"),
    (foreign.ClusterError, "CLUSTERDOWN"),
    (foreign.TryAgainError, "TRYAGAIN"),
    (foreign.ClusterCrossSlotError, "CROSSSLOT"),
    (foreign.TimeoutError, TIMEOUT),
    (foreign.ConnectionError, UNREACHABLE),
    (TimeoutError, TIMEOUT),
    (OSError, UNREACHABLE),
)

_TEXTS = (("MAXCLIENTS", "max number of clients"), (CERTIFICATE, CERTIFICATE))

# Redis 6.2 wraps what a script ran into: "ERR Error running script ...: @user_script:3: -OOM command not allowed"
_INSIDE_SCRIPT = re.compile(r"-?\b([A-Z]{3,})\b")


def code(error: BaseException) -> str:
    """Redis' own word for *error*, as `REFUSALS` spells it; empty where it has none."""
    text = str(error)
    known = getattr(error, "status_code", None)
    if known in REFUSALS:
        return str(known)
    inside = next((name for name, words in _TEXTS if words in text), None)
    if inside:
        return inside
    if isinstance(error, foreign.RedisClusterException) and error.__cause__:
        return code(error.__cause__) or "CLUSTERDOWN"
    if isinstance(error, MasterNotFoundError):
        return _sentinel(text)
    by_class = next((name for kind, name in _CLASSES if isinstance(error, kind)), None)
    return by_class or next((word for word in _INSIDE_SCRIPT.findall(text) if word in REFUSALS), "")


def _sentinel(text: str) -> str:
    """What kept us from a primary; redis-py lists there what each Sentinel ran into."""
    if "AuthenticationError" in text:
        return SENTINEL_AUTH
    return UNREACHABLE if "ConnectionError" in text or "TimeoutError" in text else "NOMASTER"


def translate(error: BaseException, where: str, secrets: Iterable[str] = ()) -> TrunkwatchError:
    """*error* as one of ours, to be raised `from` it. *where* is the address as it may be shown.

    What has no entry in the table lasts: an unknown answer is a mistake on one side, not bad weather.
    """
    name = code(error)
    refusal = REFUSALS.get(name)
    if refusal is None:
        words = f"Redis at {where} refused a command: {without(str(error), secrets)}"
        return PermanentError(words, code=type(error).__name__)
    words = f"Redis at {where}: {refusal.advice} ({name})"
    if refusal.lasting:
        return PermanentError(words, code=name)
    return TransientError(words, retry_after=refusal.retry_after)


def without(text: str, secrets: Iterable[str]) -> str:
    """*text* with every one of *secrets* taken out, in one short line."""
    for secret in secrets:
        text = text.replace(secret, "***") if secret else text
    return " ".join(text.split())[:300]
