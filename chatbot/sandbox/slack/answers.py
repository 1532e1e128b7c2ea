"""What an answer does: the body of an acknowledgement, or of a request to a `response_url`, becomes messages.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

from __future__ import annotations

from chatbot.sandbox.slack.arguments import Arguments
from chatbot.sandbox.slack.methods.content import content, need_something
from chatbot.sandbox.slack.refusal import RefusalError
from chatbot.sandbox.slack.response_urls import ResponseUrl
from chatbot.sandbox.slack.values import Json, Message
from chatbot.sandbox.slack.workspace import Workspace


def answer_to(workspace: Workspace, url_id: str, args: Arguments) -> Json:
    """Do what was posted to that `response_url`.

    Raises:
        RefusalError: `expired_url`, `used_url`, and everything a message can be refused for.
    """
    url = workspace.response_urls.spend(url_id)
    found = content(args, workspace)
    if args.flag("delete_original"):
        workspace.delete(_source(workspace, url))
        return {}
    need_something(found)
    if args.flag("replace_original") and url.source is not None:
        workspace.response_urls.answer(url, workspace.edit(_source(workspace, url), **found))
    else:
        say(workspace, url, args, found)
    return {}


def say(workspace: Workspace, url: ResponseUrl, args: Arguments, found: Json) -> Message:
    """Show an answer: to everybody with `response_type: in_channel`, else to the person alone."""
    fields = {
        **found,
        "thread_ts": args.text("thread_ts") or None,
        "user": workspace.bot_user,
        "bot_id": workspace.bot_id,
    }
    if args.text("response_type") == "in_channel":
        message = workspace.post(url.channel, **fields)
    else:
        fields.pop("metadata", None)
        message = workspace.whisper(url.user, url.channel, **fields)
    workspace.response_urls.answer(url, message)
    return message


def _source(workspace: Workspace, url: ResponseUrl) -> Message:
    """The message the act was done to, as it is now."""
    seen = url.source
    now = None
    if seen is not None:
        now = workspace.ephemeral(url.user, seen.ts) if seen.only_for else workspace.message(seen.channel, seen.ts)
    if now is None:
        raise RefusalError("message_not_found")
    return now
