"""Everything people can do in Slack. A new feature is a module listed here; none knows another."""

from __future__ import annotations

from chatbot.router import Router
from handlers import ack, assign, commit, explain, health, help, resolve, suspects, trunk  # noqa: A004  called what people type

router = Router(
    trunk.router,
    commit.router,
    explain.router,
    suspects.router,
    ack.router,
    assign.router,
    resolve.router,
    health.router,
    help.router,
)
