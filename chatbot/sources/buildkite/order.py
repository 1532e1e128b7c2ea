"""Which commits trunk has, and in which order, as far as builds tell. Pure.

Buildkite knows no commits: a commit stands where its first build stands, in the order of the builds' numbers. A commit
that was never built is not seen, and a force-push is not noticed. A build that was rebuilt from another stands where
that one does; where that is before the window, it is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from chatbot.ci import Author, Commit
from chatbot.sources.buildkite.wire import Build
from chatbot.sources.titles import first_line, pull_number, reverted
from chatbot.sources.values import landed


class Standing(Struct, array_like=True):
    """A commit, and the number of its first build."""

    sha: str
    first: int


class Ordered(Struct, frozen=True):
    """The window's commits, oldest first; those of them that are new. `late`: one belongs in front of a known one."""

    standing: list[Standing]
    new: tuple[Commit, ...]
    late: bool = False


def ordered(known: list[Standing], builds: Iterable[Build], *, window: int) -> Ordered:
    """*known* and what *builds*, ascending by number, add to it."""
    places = {one.sha: one for one in known}
    oldest = known[0].first if known else None
    found: list[tuple[Standing, Commit]] = []
    numbers = set()
    for build in builds:
        numbers.add(build.number)
        sha, original = build.sha, build.original
        if sha is None or sha in places:
            continue
        if original < oldest if oldest is not None else original not in numbers:
            continue
        seen = commit(build, sha)
        if seen is None:
            continue
        places[sha] = Standing(sha, original)
        found.append((places[sha], seen))
    late = bool(known) and any(one.first < known[-1].first for one, _ in found)
    new = sorted(found, key=lambda one: one[0].first)[-window:]
    standing = [*known, *(one for one, _ in new)][-window:]
    return Ordered(standing, tuple(each for _, each in new), late=late)


def commit(build: Build, sha: str) -> Commit | None:
    """The commit of *build* in our words, its time that of the build; `None` where it has none."""
    if build.created_at is None:
        return None
    message = build.message or ""
    person = build.author or (build.creator if build.source in {"webhook", None} else None)
    author = Author(name=person.name, login=person.username, email=person.email) if person else Author()
    return Commit(
        sha=sha,
        committed_at=landed(build.created_at),
        title=first_line(message) or f"build {build.number}",
        author=author,
        pr=pull_number(message),
        reverts=reverted(message),
    )
