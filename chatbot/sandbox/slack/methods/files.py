"""`files.*`: the two-step upload, as slack_sdk's `files_upload_v2` does it.

https://docs.slack.dev/reference/methods/files.getUploadURLExternal
"""

from __future__ import annotations

import secrets
from typing import Any

from msgspec.structs import replace

from chatbot.sandbox.slack.methods.call import Call, method
from chatbot.sandbox.slack.methods.chat import posting_channel
from chatbot.sandbox.slack.methods.content import content
from chatbot.sandbox.slack.refusal import RefusalError
from chatbot.sandbox.slack.values import File, Json
from chatbot.sandbox.slack.workspace import Workspace


def shape(workspace: Workspace, file: File) -> Json:
    """Slack's shape of a file."""
    address = f"{workspace.url}/page/file/{file.id}"
    return {
        "id": file.id,
        "created": file.created,
        "name": file.name,
        "title": file.title,
        "size": file.length,
        "user": workspace.bot_user,
        "mode": "hosted",
        "url_private": address,
        "url_private_download": address,
        "permalink": address,
        "channels": [*file.channels],
    }


@method("files.getUploadURLExternal", "files:write")
def get_upload_url(call: Call) -> Json:
    """Where to send the bytes of a file of that name and length."""
    name = call.args.need("filename")
    length = call.args.text("length")
    if not length.isdigit() or int(length) == 0:
        raise RefusalError.of_arguments("must be more than 0 [json-pointer:/length]")
    file_id = "F" + secrets.token_hex(5).upper()
    workspace = call.workspace
    workspace.files[file_id] = File(file_id, name, name, int(length), created=int(workspace.clock()))
    return {"upload_url": f"{workspace.url}/upload/v1/{file_id}", "file_id": file_id}


@method("files.completeUploadExternal", "files:write")
def complete_upload(call: Call) -> Json:
    """Make uploaded files real, and show them in a channel if one is named."""
    wanted = call.args.structure("files")
    if not isinstance(wanted, list) or not wanted:
        raise RefusalError.of_arguments("missing required field: files")
    channel = posting_channel_of_upload(call)
    done = [_completed(call, part, channel) for part in wanted]
    if channel is not None:
        _share(call, channel, done)
    return {"files": [shape(call.workspace, file) for file in done]}


def posting_channel_of_upload(call: Call) -> str | None:
    """The channel to show the files in; `channel_id` is what this method calls it."""
    if not call.args.given("channel_id"):
        return None
    call.args.values["channel"] = call.args.text("channel_id")
    return posting_channel(call).id


def _completed(call: Call, part: Any, channel: str | None) -> File:
    file = call.workspace.files.get(part.get("id", "")) if isinstance(part, dict) else None
    if file is None or len(file.content) != file.length:
        raise RefusalError("file_not_found")
    channels = file.channels + ((channel,) if channel else ())
    done = replace(file, title=str(part.get("title") or file.name), shared=True, channels=channels)
    call.workspace.files[file.id] = done
    return done


def _share(call: Call, channel: str, files: list[File]) -> None:
    comment = call.args.text("initial_comment")
    blocks = content(call.args, call.workspace).get("blocks", ())
    call.workspace.post(
        channel,
        text=comment,
        blocks=blocks,
        thread_ts=call.args.text("thread_ts") or None,
        user=call.workspace.bot_user,
        bot_id=call.workspace.bot_id,
        files=tuple(shape(call.workspace, file) for file in files),
    )


@method("files.info", "files:read")
def info(call: Call) -> Json:
    """One file."""
    file = call.workspace.files.get(call.args.need("file"))
    if file is None or not file.shared:
        raise RefusalError("file_not_found")
    return {"file": shape(call.workspace, file)}
