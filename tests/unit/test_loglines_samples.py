"""For every kind of tool a piece of a log, written after its output format, and the line that explains it.

In `loglines/*.txt` a piece begins with `== title | rule`; `=> ` marks the line, the last one where there are several.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from chatbot.loglines import classify, fingerprint, shipped_rules

SAMPLES = sorted((Path(__file__).parent / "loglines").glob("*.txt"))
MARK = "=> "
STAMP = "2026-03-01T10:20:30.1234567Z "


class Sample(NamedTuple):
    title: str
    rule: str
    lines: tuple[str, ...]

    @property
    def number(self) -> int:
        return max(number for number, line in enumerate(self.lines, 1) if line.startswith(MARK))

    @property
    def plain(self) -> list[str]:
        return [line.removeprefix(MARK) for line in self.lines]


def _sample(part: str) -> Sample:
    head, *lines = part.splitlines()
    title, rule = head.split(" | ")
    return Sample(title, rule, tuple(lines))


PARTS = [part for file in SAMPLES for part in file.read_text().removeprefix("== ").split("\n== ")]
READ = [_sample(part) for part in PARTS]
ALL = [pytest.param(sample, id=sample.title) for sample in READ]


@pytest.mark.parametrize("sample", ALL)
def test_the_line_that_explains_a_tools_failure_is_found(sample: Sample) -> None:
    found = classify("\n".join(sample.plain).encode())
    assert (found.rule, found.line_number) == (sample.rule, sample.number)
    assert found.line == sample.plain[sample.number - 1]
    assert found.fingerprint == fingerprint(sample.plain[sample.number - 1])


@pytest.mark.parametrize("sample", ALL)
def test_timestamps_colours_and_windows_line_ends_change_nothing(sample: Sample) -> None:
    dressed = "".join(f"{STAMP}\x1b[31m{line}\x1b[0m\r\n" for line in sample.plain)
    assert classify(dressed.encode()) == classify("\n".join(sample.plain).encode())


@pytest.mark.parametrize("sample", ALL)
def test_a_log_in_utf_16_is_read_like_one_in_utf_8(sample: Sample) -> None:
    text = "\n".join(sample.plain)
    assert classify(text.encode("utf-16")) == classify(text.encode())


def test_every_shipped_rule_has_a_name_of_its_own() -> None:
    names = [rule.name for rule in shipped_rules().ordered]
    assert len(names) == len(set(names))


def test_rules_about_the_runner_and_the_network_are_marked_as_infrastructure() -> None:
    infrastructure = {sample.title for sample in READ if _is_infrastructure(sample)}
    assert {"a runner that went away", "a disk that is full", "git", "github's rate limit"} <= infrastructure
    assert not {"gcc", "pytest, short summary", "python", "lintrunner"} & infrastructure


def _is_infrastructure(sample: Sample) -> bool:
    return classify("\n".join(sample.plain).encode()).infrastructure
