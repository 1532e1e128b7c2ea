"""The demo's story: believable, deterministic, and leading to the alerts it is told for."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from chatbot.backtest import Backtest, Fired
from chatbot.ci import Conclusion, Status
from chatbot.config import load
from chatbot.loglines import classify
from chatbot.recording import RecordedJob
from chatbot.sandbox.story import BEGINS, CONFIG, LENGTH, story
from chatbot.sandbox.story.jobs import SHARDS
from chatbot.sandbox.story.landings import FUSION, LANDINGS
from chatbot.shards import Shards

TOLD = story()
JOBS = [line for line in TOLD.lines if isinstance(line, RecordedJob)]


@pytest.fixture(scope="module")
def fired() -> dict[str, Fired]:
    backtest = Backtest(load(CONFIG))
    assert sum(backtest.replay(TOLD.lines)) == len(TOLD.lines)
    return {alert.watch: alert for alert in backtest.fired}


def test_it_has_about_forty_commits_and_thirty_jobs() -> None:
    assert 38 <= len(TOLD.commits) <= 44
    assert len(SHARDS) == 30
    assert {job.job for job in JOBS} == {shard.name for shard in SHARDS}


def test_it_is_told_the_same_way_every_time_and_can_be_moved() -> None:
    moved = story(BEGINS + timedelta(days=3))
    ending = story(end=BEGINS + LENGTH)

    assert story().lines == TOLD.lines == ending.lines
    assert [line.at - timedelta(days=3) for line in moved.lines] == [line.at for line in TOLD.lines]
    assert [commit.sha for commit in moved.commits] == [commit.sha for commit in TOLD.commits]


def test_it_may_begin_in_any_time_zone() -> None:
    zone = datetime.fromisoformat("2026-03-01T10:00:00.5+05:30")

    assert story(zone).start == datetime(2026, 3, 1, 4, 30, tzinfo=UTC)


def test_its_lines_are_in_order_and_each_job_begins_before_it_ends() -> None:
    assert [line.at for line in TOLD.lines] == sorted(line.at for line in TOLD.lines)
    assert all(job.completed_at is None or job.completed_at <= job.at <= TOLD.end for job in JOBS)
    assert all(not (job.started_at and job.queued_at) or job.queued_at <= job.started_at for job in JOBS)


def test_every_state_that_a_job_can_be_in_is_seen() -> None:
    last = {job.job_id: job for job in JOBS}

    ends = Counter(job.conclusion for job in last.values() if job.status is Status.COMPLETED)
    assert set(ends) == {Conclusion.SUCCESS, Conclusion.FAILURE, Conclusion.CANCELLED, Conclusion.SKIPPED}
    assert {job.status for job in last.values()} >= {Status.QUEUED, Status.IN_PROGRESS, Status.COMPLETED}
    assert max(job.attempt for job in JOBS) == 2


def test_every_failed_job_has_a_log_whose_explaining_line_is_the_recorded_one() -> None:
    failed = {job.job_id: job for job in JOBS if job.conclusion is Conclusion.FAILURE}

    assert set(TOLD.logs) == set(failed)
    for number, log in TOLD.logs.items():
        recorded = failed[number].failure
        found = classify(log.encode())
        assert recorded is not None
        assert (found.line, found.line_number, tuple(found.tests)) == (
            recorded.line,
            recorded.line_number,
            recorded.tests,
        )


def test_names_titles_and_addresses_are_made_up_and_harmless() -> None:
    assert all(landing.author.email is None or landing.author.email.endswith("@example.org") for landing in LANDINGS)
    assert all(re.fullmatch(r".{10,90} \(#1\d{5}\)", landing.title) for landing in LANDINGS)
    assert len({landing.pr for landing in LANDINGS}) == len(LANDINGS)


def test_the_configuration_is_right_and_knows_the_people_on_call() -> None:
    config = load(CONFIG)

    known = {person.slack for person in config.people}
    assert {user for team in config.teams.values() for user in team.oncall or ()} <= known
    assert {landing.author.login for landing in LANDINGS} <= {person.github for person in config.people} | {
        "trunk-mergebot"
    }


def test_three_watches_fire_and_one_stays_quiet(fired: dict[str, Fired]) -> None:
    assert list(fired) == ["inductor", "lint", "linux-cpu"]


def test_inductor_opens_on_the_third_red_commit_is_resolved_by_the_revert_and_comes_back(
    fired: dict[str, Fired],
) -> None:
    alert = fired["inductor"]
    titles = {commit.sha: commit.title for commit in TOLD.commits}
    [job] = alert.jobs

    assert (alert.reopened, alert.resolved_at is None, job.streak) == (1, False, 3)
    assert job.first_failing is not None
    assert titles[job.first_failing].startswith("[c10d]")
    assert titles[alert.suspects[0].sha].startswith(FUSION)
    assert len(alert.suspects) == 3


def test_lint_lasts_half_an_hour_and_the_cpu_tests_are_still_broken_at_the_end(fired: dict[str, Fired]) -> None:
    lint, cpu = fired["lint"], fired["linux-cpu"]

    assert lint.resolved_at is not None
    assert lint.resolved_at - lint.opened_at < timedelta(minutes=45)
    assert cpu.resolved_at is None


def test_shards_of_the_story_are_known_as_such() -> None:
    shards = Shards()

    assert len({(shard.workflow, shards.merge(shard.name)) for shard in SHARDS}) == 21
