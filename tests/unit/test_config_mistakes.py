"""What is said about a wrong configuration: every mistake, its place, and what to write instead."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.config import InvalidConfigError, When, read
from chatbot.config.sources import KINDS

MINIMAL = """\
version: 1
trunks:
  - source: {kind: github, repo: pytorch/pytorch}
teams:
  dev:
    channel: C0123456789
watches:
  - id: inductor
    match: {workflows: ["inductor*"]}
"""


def complaints(text: str) -> list[str]:
    with pytest.raises(InvalidConfigError) as caught:
        read(text, name="trunkwatch.yaml")
    return str(caught.value).splitlines()


def with_watch(rest: str) -> str:
    return f"{MINIMAL}    {rest}\n"


def test_every_mistake_is_said_at_once_with_its_place() -> None:
    text = (
        MINIMAL.replace("channel: C0123456789", 'channel: "#dev"')
        + "    when: {treshold: 2}\n    priority: P7\nslak: {}\n"
    )
    assert complaints(text) == [
        (
            "trunkwatch.yaml:6:14: teams.dev.channel: '#dev' is a channel's name, and names change; write its ID "
            "(C0123456789, at the bottom of the channel's details in Slack), `trunkwatch check` can look it up"
        ),
        (
            "trunkwatch.yaml:10:12: watches[0].when.treshold: is not a key known here; known are "
            f"{', '.join(sorted(When.model_fields))}"
        ),
        "trunkwatch.yaml:11:15: watches[0].priority: is the text 'P7'; it can be P0, P1, P2, P3",
        "trunkwatch.yaml:12:1: slak: is not a key known here; did you mean 'slack'?",
    ]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("tittle: x", "10:5: watches[0].tittle: is not a key known here; did you mean 'title'?"),
        ("match: {job: [a]}", "10:5: watches[0].match: is given twice, first in line 9"),
        (
            "when: {failure_rat: 3}",
            "10:12: watches[0].when.failure_rat: is not a key known here; did you mean 'failure_rate'?",
        ),
        ("when: {failing_jobs: 0}", "10:26: watches[0].when.failing_jobs: is 0, the least is 1"),
        ("when: {failing_jobs: true}", "10:26: watches[0].when.failing_jobs: has to be a whole number, not true"),
        ("when: {broken_probability: 1.5}", "10:32: watches[0].when.broken_probability: is 1.5, the most is 1"),
        (
            "when: {no_green_for: 6}",
            "10:26: watches[0].when.no_green_for: is not a duration; write a number with its unit",
        ),
        ("when: {no_green_for: 0s}", "10:26: watches[0].when.no_green_for: 0s is outside 1s to 52w"),
        (
            "when: {consecutive_commits: 201}",
            "is 201, more commits than the trunk's window of 200; raise the trunk's `window`",
        ),
        ("when: {failure_rate: {over: 20}}", "10:26: watches[0].when.failure_rate.at_least: is missing"),
        ("when: often", "10:11: watches[0].when: has to be a mapping, not the text 'often'"),
        ("title: 5", '10:12: watches[0].title: has to be text, not the number 5; put it in quotes: "5"'),
        ("trunk: pytroch", "10:12: watches[0].trunk: there is no trunk 'pytroch'; did you mean 'pytorch'?"),
        ("team: Dev", "10:11: watches[0].team: there is no team 'Dev'; did you mean 'dev'?"),
        (
            "inhibited_by: [inducto]",
            "10:20: watches[0].inhibited_by[0]: there is no watch 'inducto'; did you mean 'inductor'?",
        ),
        ("inhibited_by: [inductor]", "10:19: watches[0].inhibited_by: 'inductor' would keep itself quiet"),
        ("runbook: ftp://x", "10:14: watches[0].runbook: 'ftp://x' is not an address"),
        ("paths: ['re:(']", "10:13: watches[0].paths[0]: '(' is not a regular expression that RE2 knows: missing ): ("),
        ("quiet: {from: 22:00, to: 22:00}", "10:12: watches[0].quiet: `from` and `to` are the same time"),
        ("quiet: {from: 9:00, to: 22:00}", "10:19: watches[0].quiet.from: '9:00' is not a time of day; write 09:00"),
        (
            "escalate: [{after: 1h, to: '@here'}]",
            "10:32: watches[0].escalate[0].to: '@here' is not the ID of a user group",
        ),
    ],
)
def test_a_mistake_in_a_watch_is_said(line: str, complaint: str) -> None:
    assert complaint in complaints(with_watch(line))[0]


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("version: 1\n", "", "1:1: version: is missing; write `version: 1`"),
        ("version: 1", "version: 2", "1:10: version: is the number 2; it can be 1"),
        ("kind: github", "kind: githib", "3:20: trunks[0].source.kind: is 'githib'; did you mean 'github'?"),
        (
            "kind: github, ",
            "",
            f"3:13: trunks[0].source: has no `kind`; known are {', '.join(KINDS)}",
        ),
        ("repo: pytorch/pytorch", "repo: https://github.com/a/b", "is not a repository; write owner/name"),
        ("repo: pytorch/pytorch", "rep: a/b", "3:13: trunks[0].source.repo: is missing"),
        ("channel: C0123456789", "channel: dev", "6:14: teams.dev.channel: 'dev' is not a channel's ID"),
        ("channel: C0123456789", "chanel: C0123456789", "6:5: teams.dev.channel: is missing; write the channel's ID"),
        ("id: inductor", "id: in ductor", "8:9: watches[0].id: 'in ductor' is not usable as a name here"),
        ("id: inductor", "id: health", "8:9: watches[0].id: 'health' is a command of its own"),
        ("  dev:", "  d ev:", "5:3: teams.d ev: 'd ev' is not usable as a name here"),
        ("channel: C0123456789", "{channel: C0123456789", "is not YAML"),
        ("    channel", "\tchannel", "YAML indents with spaces, not tabs"),
        ("version: 1", "version: 1\nversion: 1", "2:1: version: is given twice, first in line 1"),
        ("watches:", "watches:\n  - id: INDUCTOR", "9:9: watches[1].id: 'inductor' is given twice"),
        (
            "teams:",
            "  - source: {kind: github, repo: a/b}\nteams:",
            "9:5: watches[0].trunk: is missing; there are several",
        ),
        ("channel: C0123456789", "channel: C0123456789\n    mention: '@channel'", "would ping everybody"),
        ("channel: C0123456789", "channel: C01\n    rotation: {starts: 2026-01-05}", "has nobody to rotate"),
        ("channel: C0123456789", "channel: C01\n    oncall: [C0CHANNEL]", "is not the ID of a user group"),
        (
            "teams:",
            "infrastructure: {team: devv}\nteams:",
            "infrastructure.team: there is no team 'devv'; did you mean",
        ),
        ("teams:", "infrastructure: {more_than: 0}\nteams:", "infrastructure.more_than: is 0, the least is 1"),
        (
            "teams:",
            "authors: {tell: email}\nteams:",
            "authors.tell: is the text 'email'; it can be thread, direct, never",
        ),
        ("teams:", "authors: {at_least: 80}\nteams:", "authors.at_least: is 80, the most is 1"),
        ("teams:", "authors: {robots: ['re:(']}\nteams:", "is not a regular expression that RE2 knows"),
        (
            "channel: C0123456789",
            "channel: C01\n    quiet: {from: 22:00, to: 07:00, timezone: CEST+9}",
            "is not a time zone",
        ),
        ("pytorch/pytorch}", "pytorch/pytorch}\n    window: 4", "trunks[0].window: is 4, the least is 5"),
        ("pytorch/pytorch}", "pytorch/pytorch}\n    poll_every: 2h", "poll_every: 2h is outside 50ms to 1h"),
        (
            "pytorch/pytorch}",
            "pytorch/pytorch}\n    shard_pattern: ['(?P<x>a)']",
            "the groups that are kept are `head` and `tail`",
        ),
        (
            "pytorch/pytorch}",
            "pytorch/pytorch}\n    shard_pattern: a",
            "has to be a list, not the text 'a'; write it as [...]",
        ),
    ],
)
def test_a_mistake_elsewhere_is_said(before: str, after: str, complaint: str) -> None:
    assert complaint in complaints(MINIMAL.replace(before, after, 1))[0]


def test_many_mistakes_are_cut_short() -> None:
    lines = complaints(MINIMAL + "people: [" + "x," * 200 + "]")
    assert len(lines) == 51
    assert lines[-1] == "trunkwatch.yaml: and 150 more"


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(["a", "github", "6h", "C01", "P0", "re:("])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["version", "trunks", "teams", "watches", "source", "kind", "repo", "when", "id", "channel", "people",
                 "rotation", "oncall", "inhibited_by", "window", "slack", "failure_rate", "match", "jobs", "x"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=20,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(VALUES)
def test_any_values_are_refused_with_a_line_each(values: object) -> None:
    for line in complaints(json.dumps({"watches": values, "trunks": values, "teams": values, "people": values})):
        assert line.startswith("trunkwatch.yaml:")
