"""What somebody asked, as a name to count it by: one of the router's own, whatever was sent. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatbot import names, requests
from chatbot.errors import UserError
from chatbot.router import OVERVIEW, WATCH, Router

UNKNOWN = "unknown"


def asked(kind: str, body: Mapping[str, Any], router: Router) -> str:
    """The command, button, modal, shortcut or event that *body* names, as the router knows it.

    A command that is none of the words is counted as a look at a watch, which is what it most often is.
    """
    if kind == "command":
        return _command(str(body.get("text") or "")[:1000], router)
    if kind == "press":
        name, known = _pressed(body), {*router.presses, *router.modals}
    elif kind == "modal":
        name, known = _inside(body, "view", "callback_id"), set(router.submissions)
    elif kind == "shortcut":
        name, known = str(body.get("callback_id") or ""), set(router.shortcuts)
    else:
        name, known = _inside(body, "event", "type"), set(router.events)
    return name if name in known else UNKNOWN


def _inside(body: Mapping[str, Any], part: str, key: str) -> str:
    found = body.get(part)
    return str(found.get(key) or "") if isinstance(found, Mapping) else ""


def _command(text: str, router: Router) -> str:
    words = text.split()
    name = names.normal(words[0]) if words else OVERVIEW
    found = name if name in router.words else WATCH
    return found or "overview"


def _pressed(body: Mapping[str, Any]) -> str:
    try:
        return requests.press(body).action
    except UserError:
        return UNKNOWN
