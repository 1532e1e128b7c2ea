"""All doors: which webhooks there are, and at which paths. A new one is a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chatbot.config import Config
from chatbot.hinting import Hinting
from chatbot.settings import Settings
from chatbot.store import Store
from chatbot.webhooks.door import Handler, Hook, door
from chatbot.webhooks.github import GithubHook


def doors(settings: Settings, store: Store, hinting: Hinting, *, config: Callable[[], Config]) -> Mapping[str, Handler]:
    """What answers, by path. A webhook whose secret is not set answers that it is not."""
    hooks: list[Hook] = [GithubHook(settings.github_webhook_secret, config=config, tell=hinting.tell)]
    return {hook.path: door(hook, store) for hook in hooks}


def set_up(settings: Settings) -> bool:
    """Whether hints may come, so that replicas have to listen for each other's."""
    return settings.github_webhook_secret is not None
