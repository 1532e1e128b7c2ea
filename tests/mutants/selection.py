"""Which tests judge the mutants of a module: the quick ones that are about it, and those of what stands on it."""

from __future__ import annotations

ALONGSIDE = ("handlers", "deploy", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile")
"""What tests read beside the code."""

_JUDGING = ("watch", "settle", "culprits", "inhibition", "summary", "marks", "snooze")
_SHOWING = ("delivery", "delivery_refusals", "delivery_waits", "delivery_steps", "search")
_ABOUT = {
    "signals": ("signals", "watch", "watch_board", "settle", "history", "flakes"),
    "watch": (*_JUDGING, "watch_board"),
    "conditions": ("watch", "watch_board"),
    "settle": ("settle", "settle_documents", "settle_quiet", "culprits", "inhibition", "snooze", "grafana"),
    "alert": (
        *("alert", "outbox", "settle", "timeline", "culprits", "authors", "grafana", "staleness", "escalation", "mine"),
        *("handover", "snooze", "digest", "home", "inhibition", "marks", "reruns"),
    ),
    "outbox": ("outbox", "outbox_records"),
    "delivery": _SHOWING,
    "posting": _SHOWING,
    "fenced": _SHOWING,
    "search": _SHOWING,
    "suspects": (
        "suspects",
        "suspects_grid",
        "suspects_ranking",
        "suspects_cases",
        "suspects_learning",
        "suspects_reverts",
        "inquiry",
    ),
}
_SLOWER = dict.fromkeys(("delivery", "posting", "fenced", "search"), ("tests/chaos/test_delivery_machine.py",))


def judging(module: str) -> list[str]:
    """The test files for *module*, a path as `chatbot/watch.py`; every unit test where nothing is known of it."""
    name = module.removeprefix("chatbot/").removesuffix(".py").split("/")[0]
    quick = [f"tests/unit/test_{about}.py" for about in _ABOUT.get(name, ())]
    return [*quick, *_SLOWER.get(name, ())] or ["tests/unit"]
