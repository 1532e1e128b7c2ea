"""Everything people can do in Slack. A new feature is a module listed here; none knows another."""

from __future__ import annotations

from chatbot.router import Router
from handlers import (
    ack,
    assign,
    commit,
    culprit,
    digest,
    explain,
    flaky,
    health,
    help,  # noqa: A004  called what people type
    history,
    home,
    mine,
    rerun,
    resolve,
    revert,
    settings,
    snooze,
    suspects,
    timeline,
    trunk,
)

router = Router(
    trunk.router,
    commit.router,
    explain.router,
    suspects.router,
    culprit.router,
    history.router,
    flaky.router,
    mine.router,
    home.router,
    settings.router,
    digest.router,
    timeline.router,
    ack.router,
    assign.router,
    resolve.router,
    snooze.router,
    rerun.router,
    revert.router,
    health.router,
    help.router,
)
