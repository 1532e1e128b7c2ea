"""An alert's life in lines, whatever is in it."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chatbot import additions, presses, timeline
from chatbot.additions import LONGEST, MOST, Added
from chatbot.alert import AlertJob, Entry, Kind, Seen
from chatbot.ci import Job
from chatbot.messages import timeline as words
from chatbot.messages.budget import message_body
from tests.trunks import START
from tests.unit.test_home import ME, OTHER, about, alert

HOUR = timedelta(hours=1)
_SPECIAL = re.compile(r"(?<!\\)[*_`<>\[\]#|~]")


def added(number: int = 0, text: str = "it is the cache", *, by: tuple[str, ...] = (ME,)) -> Added:
    """A message that somebody put there."""
    return Added(f"{number}.000100", START + number * timedelta(minutes=1), "Bob", text, by)


def test_everything_that_happened_stands_in_order() -> None:
    first = alert(opened_on="abcdef0" + "0" * 33)
    acked = presses.acknowledged(first, by=ME, name="alice", at=START + HOUR)
    over = presses.resolved(acked, by=OTHER, name="bob", note="rolled back", at=START + 3 * HOUR)
    told = msgspec.structs.replace(over, added=(added(90),))
    notes = timeline.read([timeline.opened(first), timeline.note(first, acked) or b"", b"not json", b"{}"])
    life = words.timeline(told, notes, about(), {})
    assert [line.text for line in life.timeline] == [
        "Opened with inductor / build on abcdef0.",
        "Acknowledged by alice.",
        "it is the cache",
        "Resolved by bob: rolled back",
    ]
    text = words.as_markdown(life).decode()
    assert "- Acknowledged: 2026-01-05 10:00 UTC, after 1 h" in text
    assert "- Resolved: 2026-01-05 12:00 UTC, after 3 h" in text
    assert "Bob wrote: it is the cache" in text


def test_people_are_called_by_their_names_and_never_mentioned() -> None:
    given_on = presses.assigned(alert(), to=ME, by=OTHER, name="bob", at=START)
    life = words.timeline(given_on, [], about(), {ME: "Alice"})
    assert life.timeline[1].text == "@Alice, bob assigned this to you."
    assert words.people_in(given_on) == (OTHER, ME)


def test_every_kind_of_entry_has_words() -> None:
    entries = tuple(Entry(f"e{n}", kind, START, by=ME, name="alice", to=OTHER) for n, kind in enumerate(Kind))
    life = words.timeline(alert(entries=entries), [], about(), {})
    assert [line.kind for line in life.timeline[1:]] == [kind.value for kind in Kind]
    assert all(line.text for line in life.timeline)
    assert not any("<" in line.text for line in life.timeline)


@given(st.text(max_size=200), st.text(max_size=200))
def test_what_comes_from_outside_formats_nothing_in_the_file(title: str, said: str) -> None:
    told = alert(added=(added(text=words.written(said)),), failing=(Seen("1" * 40, title, title),))
    life = words.timeline(told, [], about("x" + title), {})
    text = words.as_markdown(life).decode()
    heading = text.splitlines()[0].removeprefix("# ")
    assert not _SPECIAL.search(heading.replace("\\\\", ""))
    line = next(one for one in text.splitlines() if "Bob wrote: " in one).partition("Bob wrote: ")[2]
    assert not _SPECIAL.search(line.replace("\\\\", ""))
    assert json.loads(words.as_json(life))["timeline"][-1]["text"] == words.written(said)
    assert message_body(words.shown(life, why="because"))["blocks"]


def test_a_thread_without_end_makes_a_file_with_one() -> None:
    entries = tuple(Entry(f"e{n}", Kind.REMINDED, START + n * HOUR, to=ME) for n in range(5_000))
    life = words.timeline(alert(entries=entries), [], about(), {})
    assert len(life.timeline) == 2_000
    assert len(message_body(words.shown(life))["blocks"]) <= 50


# ---- notes


def test_a_change_that_only_redraws_leaves_no_note() -> None:
    before = alert()
    after = before.changed(at=START, jobs=(msgspec.structs.replace(before.jobs[0], drawn="+xxx"),))
    assert timeline.note(before, after) is None
    assert timeline.note(before, before) is None


def test_a_note_says_who_and_what_nobody_was_told() -> None:
    before = alert(jobs=tuple(AlertJob(Job("inductor", name), 3, None, None) for name in ("a", "b")))
    healed = (msgspec.structs.replace(before.jobs[0], healed=True), before.jobs[1])
    after = presses.acknowledged(before.changed(at=START, jobs=healed), by=ME, at=START + HOUR)
    (noted,) = timeline.read([timeline.note(before, after) or b""])
    assert noted.by == ME
    assert noted.entries == ("acknowledged:2",)
    assert noted.untold == ("green again: inductor / a",)
    life = words.timeline(after, [noted], about(), {ME: "Alice"})
    assert life.timeline[0].text == "Opened on 0000000."
    assert "Green again: inductor / a." in [line.text for line in life.timeline]


# ---- what people put there


def test_a_message_is_there_until_nobody_wants_it() -> None:
    held = additions.put((), added(2))
    held = additions.put(held, added(1))
    held = additions.put(held, added(2, by=(OTHER,)))
    assert [one.ts for one in held] == ["1.000100", "2.000100"]
    held = additions.taken(held, "2.000100", ME)
    assert [one.by for one in held] == [(ME,), (OTHER,)]
    assert [one.ts for one in additions.taken(held, "2.000100", OTHER)] == ["1.000100"]
    assert additions.taken(held, "3.000100", ME) == held


def test_there_is_room_for_so_many_of_such_a_length() -> None:
    held: tuple[Added, ...] = ()
    for number in range(MOST + 5):
        held = additions.put(held, added(number, "x" * 5 * LONGEST))
    assert len(held) == MOST
    assert {len(one.text) for one in held} == {LONGEST}
