"""Backtests: the same alerts as live, what they learn, and what other thresholds would have come to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import recording
from chatbot.__main__ import run
from chatbot.backtest import Backtest
from chatbot.config import Config, WatchConfig, load
from chatbot.errors import ConfigError
from chatbot.recording import Recorded, RecordedCommit, RecordedJob, recorded
from chatbot.settle import settle
from chatbot.sweep import Setting, grid
from chatbot.watch import evaluate
from tests.trunks import EVERY, START, attempt, commit, sha, trunk, watch

CONFIG = """\
version: 1
slack: {fallback_channel: C0DEVINFRA}
trunks: [{id: pytorch, source: {kind: replay, recording: none.jsonl}, window: 40}]
teams: {t: {channel: C0DEVINFRA}}
watches:
  - {id: inductor, trunk: pytorch, team: t, when: {consecutive_commits: 3}, reopen_within: 1m}
"""


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    file = tmp_path / "trunkwatch.yaml"
    file.write_text(CONFIG)
    return file


@pytest.fixture
def config(config_file: Path) -> Config:
    return load(config_file)


def lines(*rows: str, titles: dict[int, str] | None = None) -> list[Recorded]:
    """A recording of what the rows draw: a commit every ten minutes, its results a minute later."""
    found: list[Recorded] = []
    for number in range(max(map(len, rows))):
        at = START + number * EVERY
        found.append(recorded(commit(number, title=(titles or {}).get(number, "")), at=at, trunk="pytorch"))
        for name, row in zip("abc", rows, strict=False):
            for letter, again in (("x", 1), ("+", 2)) if row[number] == "f" else ((row[number], 1),):
                if letter != ".":
                    told = attempt(number, letter, job=f"test ({name})", attempt=again)
                    found.append(recorded(told, at=at + timedelta(minutes=again), trunk="pytorch"))
    return sorted(found, key=attrgetter("at"))


def replayed(config: Config, some: Iterable[Recorded], *settings: Setting) -> Backtest:
    backtest = Backtest(config, settings=settings)
    for _ in backtest.replay(some):
        pass
    return backtest


def test_an_alert_opens_at_the_line_that_tips_it_and_says_over_whom(config: Config) -> None:
    (fired,) = replayed(config, lines("++xxx++")).fired
    assert fired.opened_at == START + 4 * EVERY + timedelta(minutes=1)
    assert fired.opened_on == sha(4)
    assert fired.resolved_at == START + 5 * EVERY + timedelta(minutes=1)
    assert [(job.job, job.streak, job.first_failing) for job in fired.jobs] == [("test (a)", 3, sha(2))]
    assert [suspect.sha for suspect in fired.suspects] == [sha(2)]


@given(st.lists(st.text("+x.f", min_size=12, max_size=12), min_size=1, max_size=3))
def test_it_fires_when_evaluating_everything_after_every_moment_would(rows: list[str]) -> None:
    rule = watch(when={"consecutive_commits": 2}, reopen_within="1m")
    made, alert, opened = trunk(".", jobs=["none"]), None, []
    made.apply((), (), rewritten=True)
    for at, moment in groupby(lines(*rows), key=attrgetter("at")):
        told = list(moment)
        made.apply(
            [line for line in told if isinstance(line, RecordedCommit)],
            [line for line in told if isinstance(line, RecordedJob)],
        )
        alert = settle(alert, rule, evaluate(rule, made, now=at), made)
        opened += [alert.opened_at] if alert and alert.opened_at not in opened else []
    assert [fired.opened_at for fired in replayed(_config(rule.config), lines(*rows)).fired] == opened


def _config(rule: WatchConfig) -> Config:
    return Config.model_validate({
        "version": 1,
        "trunks": [{"id": "pytorch", "source": {"kind": "replay", "recording": "none.jsonl"}}],
        "teams": {"t": {"channel": "C0DEVINFRA"}},
        "watches": [rule],
    })  # fmt: skip


def test_a_job_that_is_recorded_before_its_commit_in_the_same_moment_counts(config: Config) -> None:
    told = [msgspec.structs.replace(line, at=START) for line in lines("+xxx")]
    late = sorted(told, key=lambda line: isinstance(line, RecordedCommit))
    assert len(replayed(config, late).fired) == len(replayed(config, told).fired) == 1


def test_a_revert_teaches_the_alerts_after_it(config: Config) -> None:
    rows = "++.xxx+++++.xxx+"
    # the same words break trunk twice, each time with a harmless commit in the same range
    titles = {2: "Fuse softmax kernels", 6: 'Revert "Fuse softmax kernels"', 11: "Fuse softmax kernels again"}
    backtest = replayed(config, lines(rows, titles=titles))
    (trial,) = backtest._trunks["pytorch"].trials
    assert trial._model.learned.lessons.culprits == 1
    assert len(backtest.fired) == 2


def test_a_line_of_a_trunk_that_is_not_configured_is_an_error_that_names_those_that_are(config: Config) -> None:
    with pytest.raises(ConfigError, match=r"'other'.*knows pytorch"):
        replayed(config, [msgspec.structs.replace(line, trunk="other") for line in lines("+")])


def test_progress_is_told_while_it_goes_on(config: Config) -> None:
    told = list(Backtest(config).replay(lines("+" * 700)))
    assert sum(told) == 1400
    assert len(told) >= 2


def test_a_sweep_tells_what_each_threshold_comes_to_beside_the_rules_as_configured(config: Config) -> None:
    rows = ("+xx+xxxx+xxxxx++",)
    alerts = [figures.alerts for figures in replayed(config, lines(*rows), *grid(["consecutive_commits=2..5"])).swept]
    assert alerts == [2, 3, 2, 2, 1]


def test_a_sweep_leaves_the_alerts_as_configured_alone(config: Config) -> None:
    some = lines("+xx+xxxx+xxxxx++", "++f+xfx++xxx++++")
    assert replayed(config, some, *grid(["consecutive_commits=1..4"])).fired == replayed(config, some).fired


def test_a_higher_threshold_waits_longer_and_fires_over_fewer_flakes(config: Config) -> None:
    low, high = replayed(config, lines("+" * 20 + "f++f++f++xxxxx++"), *grid(["consecutive_commits=1,3"])).swept[1:]
    assert (low.alerts, high.alerts) == (4, 1)
    assert low.flakes is not None
    assert low.flakes >= 0.75  # three passed when they ran again
    assert high.flakes == 0
    assert (low.commits_to_alert, high.commits_to_alert) == (1, 3)


def test_nothing_fired_is_nothing_to_take_a_share_of(config: Config) -> None:
    (figures, _) = replayed(config, lines("++++"), *grid(["failing_jobs=2"])).swept
    assert (figures.alerts, figures.commits_to_alert, figures.flakes) == (0, None, None)


def test_two_expressions_make_every_combination() -> None:
    settings = grid(["broken_probability=0.8,0.9", "failing_jobs=1..2"])
    assert [setting.thresholds for setting in settings] == [
        {"broken_probability": p, "failing_jobs": n} for p in (0.8, 0.9) for n in (1, 2)
    ]


def test_a_swept_condition_takes_the_place_of_the_streak_and_leaves_conditions_on_time() -> None:
    config = watch(when={"consecutive_commits": 3, "no_green_for": "6h"}).config
    when = grid(["broken_probability=0.9"])[0].applied(config).when
    assert when.consecutive_commits is None
    assert when.broken_probability == 0.9
    assert when.no_green_for == timedelta(hours=6)


@pytest.mark.parametrize(
    ("expressions", "says"),
    [
        (["consecutive_commits=5..2"], "goes upwards"),
        (["consecutive_commits=1..100000"], "at most 60"),
        (["consecutive_commits=0"], "greater than or equal to 1"),
        (["consecutive_commits=1.5"], "valid integer"),
        (["consecutive_commits=nan"], "valid integer"),
        (["failing_jobs=1e400"], "valid integer"),
        (["broken_probability=2"], "less than or equal to 1"),
        (["broken_probability=a"], "no values"),
        (["broken_probability="], "no values"),
        (["resolve_after=1..2"], "cannot be swept|is not a threshold"),
        (["nonsense"], "is not a threshold"),
        (["failing_jobs=1", "failing_jobs=2"], "twice"),
        (["consecutive_commits=2", "broken_probability=0.9"], "one at a time"),
        (["consecutive_commits=1..20", "failing_jobs=1..20"], "400 combinations"),
    ],
)
def test_a_sweep_that_makes_no_sense_says_what_to_write(expressions: list[str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        grid(expressions)


def test_the_command_prints_alerts_then_the_sweep(config_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = config_file.parent / "trunk.jsonl"
    file.write_bytes(recording.encoded(lines("+xx+xxxx++")))
    asked = ["backtest", "--config", str(config_file), "--recording", str(file)]
    assert run([*asked, "--sweep", "consecutive_commits=2..3"]) == 0
    table = capsys.readouterr().out
    assert "1 alert\n" in table.replace(" \n", "\n").replace("  ", "")
    assert "as configured" in table
    assert "consecutive_commits 2" in table
    assert run([*asked, "--sweep", "consecutive_commits=2..3", "--format", "json"]) == 0
    out = [msgspec.json.decode(line) for line in capsys.readouterr().out.splitlines()]
    assert [one.get("sweep", "an alert") for one in out] == [
        "an alert",
        None,
        {"consecutive_commits": 2},
        {"consecutive_commits": 3},
    ]


def test_a_bad_sweep_is_bad_usage(config_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["backtest", "--config", str(config_file), "--recording", "none.jsonl", "--sweep", "x=1"]
    assert run(asked) == 2
    assert "--sweep 'x=1'" in capsys.readouterr().err


def test_a_watch_that_another_keeps_quiet_fires_only_when_that_is_over(config_file: Path) -> None:
    config_file.write_text(
        CONFIG.replace("id: inductor,", "id: inductor, match: {jobs: ['*(a)']}, inhibited_by: [badly],")
        + "  - {id: badly, trunk: pytorch, team: t, match: {jobs: ['*(b)']}, when: {consecutive_commits: 1}}\n"
    )
    fired = replayed(load(config_file), lines("+xxxxxx", "+x+++++"))
    assert [(one.watch, one.opened_on) for one in fired.fired] == [("badly", sha(1)), ("inductor", sha(3))]
    fired = replayed(load(config_file), lines("+xxxxxx", "+xxxx++"))
    assert [(one.watch, one.opened_on) for one in fired.fired] == [("badly", sha(1)), ("inductor", sha(5))]
