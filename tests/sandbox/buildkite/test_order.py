"""Which commits trunk has and in which order, told by builds alone."""

from __future__ import annotations

from chatbot.ci import Conclusion
from chatbot.sandbox.buildkite import BuildkiteSandbox
from chatbot.sources import Poll
from chatbot.sources.buildkite import BuildkiteSource
from chatbot.trunk import Outcome, Trunk
from tests.trunks import sha

WINDOW = 50


def shas(poll: Poll) -> list[str]:
    return [commit.sha for commit in poll.commits]


async def test_a_commit_stands_where_its_first_build_stands(
    buildkite: BuildkiteSandbox, source: BuildkiteSource
) -> None:
    for n in (0, 1, 2, 0):
        buildkite.build(sha(n))

    assert shas(await source.poll(None, window=WINDOW)) == [sha(0), sha(1), sha(2)]


async def test_of_builds_of_the_same_commit_the_latest_counts(
    buildkite: BuildkiteSandbox, source: BuildkiteSource
) -> None:
    buildkite.job(buildkite.build(sha(0), "failed"), "RSpec", "failed")
    buildkite.job(buildkite.build(sha(1)), "RSpec")
    again = buildkite.build(sha(0), rebuilt_from={"id": "x", "number": 1, "url": "https://example.org"})
    buildkite.job(again, "RSpec")
    trunk = Trunk("app")

    poll = await source.poll(None, window=WINDOW)
    trunk.apply(poll.commits, poll.attempts)

    [job] = trunk.jobs
    assert trunk.outcomes(sha(0))[job] is Outcome.GREEN
    assert [cell.run_id for cell in trunk.cells(job, sha(0))] == [again]


async def test_builds_of_other_branches_and_of_forks_do_not_count(
    buildkite: BuildkiteSandbox, source: BuildkiteSource
) -> None:
    buildkite.build(sha(0))
    buildkite.build(sha(1), branch="feature")
    buildkite.build(sha(2), pull_request={"id": "7", "base": "main", "repository": "git://github.com/fork/app.git"})
    buildkite.build(sha(3), pull_request={"id": "8", "repository": None})
    buildkite.build(sha(4), pull_request={"id": "9", "repository": "https://github.com/acme/app.git"})

    assert shas(await source.poll(None, window=WINDOW)) == [sha(0), sha(4)]


async def test_a_build_whose_commit_is_not_known_yet_waits_for_it(
    buildkite: BuildkiteSandbox, source: BuildkiteSource
) -> None:
    buildkite.build(sha(0))
    nightly = buildkite.build("HEAD", "scheduled", source="schedule")
    first = await source.poll(None, window=WINDOW)
    buildkite.change(nightly, commit=sha(1), state="running")
    buildkite.job(nightly, "RSpec", "failed")

    second = await source.poll(first.cursor, window=WINDOW)

    assert (shas(first), shas(second)) == ([sha(0)], [sha(1)])
    assert [a.conclusion for a in second.attempts] == [Conclusion.FAILURE]


async def test_a_commit_that_belongs_in_front_of_a_known_one_has_the_window_read_anew(
    buildkite: BuildkiteSandbox, source: BuildkiteSource
) -> None:
    buildkite.build(sha(0))
    nightly = buildkite.build("HEAD", "scheduled")
    buildkite.build(sha(2))
    first = await source.poll(None, window=WINDOW)
    buildkite.change(nightly, commit=sha(1), state="running")

    second = await source.poll(first.cursor, window=WINDOW)
    third = await source.poll(second.cursor, window=WINDOW)

    assert (second.rewritten, shas(second)) == (True, [sha(0), sha(1), sha(2)])
    assert (third.rewritten, shas(third)) == (False, [])


async def test_an_old_commit_that_is_built_again_is_no_news(
    buildkite: BuildkiteSandbox, source: BuildkiteSource
) -> None:
    for n in range(10):
        buildkite.build(sha(n))
    first = await source.poll(None, window=3)
    buildkite.build(sha(1), rebuilt_from={"number": 2})

    second = await source.poll(first.cursor, window=3)
    fresh = await source.poll(None, window=3)

    assert (second.rewritten, shas(second)) == (False, [])
    assert shas(first) == shas(fresh) == [sha(7), sha(8), sha(9)]


async def test_a_window_that_slides_forgets_what_left_it(buildkite: BuildkiteSandbox, source: BuildkiteSource) -> None:
    cursor = None
    for n in range(6):
        buildkite.job(buildkite.build(sha(n)), "RSpec")
        poll = await source.poll(cursor, window=3)
        cursor = poll.cursor

    assert sorted(poll.cursor["builds"]) == ["4", "5", "6"]


async def test_more_builds_than_a_page_have_since_come(buildkite: BuildkiteSandbox, source: BuildkiteSource) -> None:
    buildkite.build(sha(0), "skipped")
    first = await source.poll(None, window=500)
    for n in range(1, 250):
        buildkite.build(sha(n), "skipped")

    second = await source.poll(first.cursor, window=500)

    assert shas(second) == [sha(n) for n in range(1, 250)]


async def test_a_rebuild_stands_where_the_build_stood_whose_commit_was_never_known(
    buildkite: BuildkiteSandbox, source: BuildkiteSource
) -> None:
    buildkite.build("HEAD", "canceled")
    buildkite.build(sha(2))
    buildkite.build(sha(1), rebuilt_from={"number": 1})

    assert shas(await source.poll(None, window=WINDOW)) == [sha(1), sha(2)]
