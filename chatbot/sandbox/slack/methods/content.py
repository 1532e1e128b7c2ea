"""What a message says, read from the arguments of `chat.*` and response_url, and held against Slack's limits."""

from __future__ import annotations

from typing import Any

from chatbot.sandbox.slack import limits
from chatbot.sandbox.slack.arguments import Arguments
from chatbot.sandbox.slack.refusal import RefusalError
from chatbot.sandbox.slack.values import Json
from chatbot.sandbox.slack.workspace import Workspace

_MOST_ATTACHMENTS = 100


def content(args: Arguments, workspace: Workspace) -> Json:
    """The fields of `Message` that were given; fields that were not are absent.

    Raises:
        RefusalError: `invalid_blocks`, `invalid_blocks_format`, `msg_blocks_too_long`, `msg_too_long`,
            `invalid_attachments`, `too_many_attachments`, `invalid_metadata_format`, `metadata_too_large`,
            `markdown_text_conflict`.
    """
    found: Json = {}
    if args.given("text"):
        found["text"] = _text(args.text("text"))
    if args.given("markdown_text"):
        if found.get("text") or args.given("blocks"):
            raise RefusalError("markdown_text_conflict")
        found["text"] = _text(args.text("markdown_text"))
    if args.given("blocks"):
        found["blocks"] = _blocks(args.structure("blocks", code="invalid_blocks_format"), workspace)
    if args.given("attachments"):
        found["attachments"] = _attachments(args.structure("attachments", code="invalid_attachments"))
    if args.given("metadata"):
        found["metadata"] = _metadata(args.structure("metadata", code="invalid_metadata_format"))
    return found


def need_something(found: Json) -> Json:
    """The same content, which has to say something: else `no_text`."""
    if not (found.get("text", "").strip() or found.get("blocks") or found.get("attachments")):
        raise RefusalError("no_text")
    return found


def _text(text: str) -> str:
    if len(text) > limits.TEXT_TOTAL:
        raise RefusalError("msg_too_long")
    return text


def _blocks(value: Any, workspace: Workspace) -> tuple[Json, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise RefusalError("invalid_blocks_format")
    refuse(limits.blocks_problems(value, limits.Surface.MESSAGE), "invalid_blocks")
    if limits.length(value) > limits.BLOCKS_TOTAL:
        raise RefusalError("msg_blocks_too_long")
    _known_files(value, workspace)
    return tuple(value)


def _known_files(blocks: list[Json], workspace: Workspace) -> None:
    for number, block in enumerate(blocks):
        file_id = (block.get("slack_file") or {}).get("id")
        if file_id is not None and not (file_id in workspace.files and workspace.files[file_id].shared):
            problem = limits.Problem(f"/blocks/{number}/slack_file", "invalid slack file")
            refuse([problem], "invalid_blocks")


def refuse(problems: list[limits.Problem], code: str) -> None:
    """Raise *code* with all *problems*, if there are any; the answer has them twice, as Slack's does."""
    if problems:
        raise RefusalError(
            code,
            errors=[str(problem) for problem in problems],
            response_metadata={"messages": [f"[ERROR] {problem}" for problem in problems]},
        )


def _attachments(value: Any) -> tuple[Json, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
        raise RefusalError("invalid_attachments")
    if len(value) > _MOST_ATTACHMENTS:
        raise RefusalError("too_many_attachments")
    for number, part in enumerate(value):
        problems = limits.blocks_problems(part.get("blocks") or [], limits.Surface.MESSAGE, at=f"/attachments/{number}")
        refuse(problems, "invalid_attachments")
        if limits.length(part.get("blocks") or []) > limits.BLOCKS_TOTAL:
            raise RefusalError("msg_blocks_too_long")
    return tuple(value)


def _metadata(value: Any) -> Json | None:
    code = limits.metadata_problem(value)
    if code is not None:
        raise RefusalError(code)
    return value or None
