"""REDIS_URL, parsed once: which server, which way in, and how it may be shown.

Pure: it opens nothing. No error here repeats a part of the URL that could hold a password.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from chatbot.errors import ConfigError

FORMS = (
    "redis://[USER:PASSWORD@]HOST[:PORT][/DB], rediss://... (TLS), unix:///PATH, "
    "redis+cluster://HOST:PORT,HOST:PORT or redis+sentinel://HOST:PORT,HOST:PORT/SERVICE[/DB]"
)


class Kind(StrEnum):
    """How the server is found."""

    ALONE = "redis"
    SOCKET = "unix"
    CLUSTER = "redis+cluster"
    SENTINEL = "redis+sentinel"


_SCHEMES = {
    "redis": (Kind.ALONE, False),
    "rediss": (Kind.ALONE, True),
    "valkey": (Kind.ALONE, False),
    "valkeys": (Kind.ALONE, True),
    "unix": (Kind.SOCKET, False),
    "redis+unix": (Kind.SOCKET, False),
    "redis+cluster": (Kind.CLUSTER, False),
    "rediss+cluster": (Kind.CLUSTER, True),
    "redis+sentinel": (Kind.SENTINEL, False),
    "rediss+sentinel": (Kind.SENTINEL, True),
}
_TLS_OPTIONS = {"ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs", "ssl_check_hostname"}
_OPTIONS = {"db", "username", "password", "tls", "sentinel_username", "sentinel_password"} | _TLS_OPTIONS
_YES_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_PORTS = {Kind.SENTINEL: 26379}
_HIGHEST_PORT = 65535


@dataclass(frozen=True)
class Address:
    """Where the server is. Printing it shows no credentials, and neither does its `repr`."""

    kind: Kind
    hosts: tuple[tuple[str, int], ...] = ()
    path: str = ""
    service: str = ""
    db: int = 0
    tls: bool = False
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    sentinel_username: str | None = field(default=None, repr=False)
    sentinel_password: str | None = field(default=None, repr=False)
    tls_options: tuple[tuple[str, str | bool], ...] = ()

    def __str__(self) -> str:
        scheme = self.kind.value.replace("redis", "rediss", 1) if self.tls else self.kind.value
        place = self.path or ",".join(
            f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.hosts
        )
        service = f"/{self.service}" if self.service else ""
        return f"{scheme}://{place}{service}" + (f"/{self.db}" if self.db else "")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown."""
        return tuple(secret for secret in (self.password, self.sentinel_password) if secret)


def parse(url: str) -> Address:
    """The address that *url* names.

    Raises:
        ConfigError: *url* is not of one of the `FORMS`; the text says which part is wrong.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError as error:
        raise _wrong("the host is not well-formed") from error
    if parts.scheme not in _SCHEMES:
        raise _wrong("it must begin with one of " + ", ".join(f"{scheme}://" for scheme in _SCHEMES))
    kind, tls = _SCHEMES[parts.scheme]
    if parts.fragment or "@" in parts.path + parts.query:
        raise _wrong("characters like @ / # ? : in a user name or password must be written as %40 %2F %23 %3F %3A")
    options = _options(parts.query)
    user, password = _credentials(parts, options)
    path, service, db = _path(kind, parts, options)
    return Address(
        kind=kind,
        hosts=() if kind is Kind.SOCKET else _hosts(parts, _PORTS.get(kind, 6379)),
        path=path,
        service=service,
        db=db,
        tls=tls or _yes_no("tls", options.get("tls", "no")),
        username=user,
        password=password,
        sentinel_username=options.get("sentinel_username"),
        sentinel_password=options.get("sentinel_password"),
        tls_options=_tls_options(options),
    )


def _wrong(what: str) -> ConfigError:
    return ConfigError(f"REDIS_URL: {what}. It is written as {FORMS}")


def _options(query: str) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(set(options) - _OPTIONS)
    if unknown:
        raise _wrong(f"unknown option {unknown[0]!r}; known are {', '.join(sorted(_OPTIONS))}")
    return options


def _credentials(parts: SplitResult, options: dict[str, str]) -> tuple[str | None, str | None]:
    before, at, _ = parts.netloc.rpartition("@")
    user, _, password = before.partition(":") if at else ("", "", "")
    return unquote(user) or options.get("username"), unquote(password) or options.get("password")


def _hosts(parts: SplitResult, default_port: int) -> tuple[tuple[str, int], ...]:
    hosts = tuple(_host(place, default_port) for place in parts.netloc.rpartition("@")[2].split(",") if place)
    return hosts or (("localhost", default_port),)


def _host(place: str, default_port: int) -> tuple[str, int]:
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = place.partition(":")
    if not host:
        raise _wrong("a host is missing")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) <= _HIGHEST_PORT):
        # the port is not repeated: with a forgotten @ it is the password
        raise _wrong("a port must be a number from 1 to 65535, and a password ends with @")
    return unquote(host), int(port or default_port)


def _path(kind: Kind, parts: SplitResult, options: dict[str, str]) -> tuple[str, str, int]:
    """Path of the socket, name of the Sentinel service, number of the database."""
    steps = [unquote(step) for step in parts.path.split("/") if step]
    if kind is Kind.SOCKET:
        place = unquote(parts.netloc.rpartition("@")[2] + parts.path)
        if not place.startswith("/"):
            raise _wrong("a socket needs an absolute path: unix:///run/redis.sock")
        return place, "", _db(options.get("db", "0"))
    if kind is Kind.SENTINEL:
        if not steps:
            raise _wrong("the Sentinel service is missing: redis+sentinel://HOST:26379/SERVICE")
        service, *steps = steps
    else:
        service = ""
    if len(steps) > 1:
        raise _wrong("there is more than a database number after the host")
    db = _db(options.get("db") or (steps[0] if steps else "0"))
    if kind is Kind.CLUSTER and db:
        raise _wrong("a cluster has database 0 only")
    return "", service, db


def _db(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise _wrong("the database must be a number")
    return int(text)


def _yes_no(name: str, text: str) -> bool:
    if text.lower() not in _YES_NO:
        raise _wrong(f"option {name} must be yes or no")
    return _YES_NO[text.lower()]


def _tls_options(options: dict[str, str]) -> tuple[tuple[str, str | bool], ...]:
    chosen: list[tuple[str, str | bool]] = []
    for name in sorted(_TLS_OPTIONS & options.keys()):
        value = options[name]
        if name == "ssl_cert_reqs" and value not in {"none", "optional", "required"}:
            raise _wrong("option ssl_cert_reqs must be none, optional or required")
        chosen.append((name, _yes_no(name, value) if name == "ssl_check_hostname" else value))
    return tuple(chosen)
