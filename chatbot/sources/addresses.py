"""Where a service's answer may send us: to the service itself, and for a log to its storage. Pure: nothing is opened.

An address in an answer is text from outside. Whatever it says, the token goes to the configured origin alone, and a
log is not fetched over less than what the service itself is reached by, nor from an address inside of our network.
"""

from __future__ import annotations

from ipaddress import ip_address

from yarl import URL

from chatbot.errors import PermanentError, TransientError

_WEB = frozenset({"http", "https"})


def within(api: URL, url: str, *, name: str, setting: str) -> URL:
    """*url* of an answer of *name*'s, at the origin of *api*; below *api* where it is a path.

    Raises:
        PermanentError: it points to another origin, and following it would hand over the token.
        TransientError: it is no address.
    """
    try:
        full = URL(url if "://" in url else f"{api}{url}", encoded=True)
        origin, _ = full.origin(), full.port  # both look at what is parsed late
    except ValueError as error:
        raise TransientError(f"{name}'s answer points to something that is no address") from error
    if origin != api.origin():
        raise PermanentError(
            f"{name}'s answer points to {origin}, which is not {api.origin()}: set {setting} to the address that the"
            " service itself uses",
            code="other_host",
        )
    return full


def target(at: URL, location: str) -> URL | None:
    """Where a redirect from *at* leads, `None` where that is no address on the web."""
    try:
        found = at.join(URL(location, encoded=True))
        sound = found.origin().explicit_port != 0 and bool(found.host)  # these look at what is parsed late
    except ValueError:
        return None
    return found if sound and found.scheme in _WEB else None


def storage(found: URL | None, *, api: URL, name: str) -> URL:
    """*found*, where *name* at *api* says that a log is kept.

    Raises:
        PermanentError: it is less safe than *api*: not encrypted, or inside of our network where *api* is not.
    """
    if found is None:
        raise PermanentError(f"{name} says that a log is kept where there is no address", code="log_elsewhere")
    if api.scheme == "https" and found.scheme != "https":
        why = f"which is not encrypted, and {api.origin()} is"
    elif _inside(found) and not _inside(api):
        why = f"which is an address inside of a network, and {api.host} is not"
    else:
        return found
    raise PermanentError(
        f"{name} says that a log is kept at {found.origin()}, {why}: it is not read from there", code="log_elsewhere"
    )


def _inside(url: URL) -> bool:
    """Whether the address by itself means this machine or a private network; what a name resolves to is not asked."""
    host = (url.host or "").rstrip(".").lower()
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
