"""The two-step upload of files."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from chatbot.sandbox.slack import SlackSandbox
from tests.sandbox.conftest import ELSEWHERE, HERE
from tests.sandbox.test_slack_messages import refused


async def test_the_sdk_uploads_a_file_and_shows_it(slack: SlackSandbox, client: AsyncWebClient) -> None:
    answer = await client.files_upload_v2(
        content="a,b\n1,2\n", filename="jobs.csv", title="Jobs", channel=HERE, initial_comment="here it is"
    )
    (message,) = slack.messages(HERE)
    assert message.text == "here it is"
    assert [(file["name"], file["title"], file["size"]) for file in message.files] == [("jobs.csv", "Jobs", 8)]
    info = await client.files_info(file=answer["files"][0]["id"])
    assert info["file"]["channels"] == [HERE]
    assert slack.workspace.files[info["file"]["id"]].content == b"a,b\n1,2\n"


async def test_an_uploaded_picture_can_be_shown_in_a_block(slack: SlackSandbox, client: AsyncWebClient) -> None:
    uploaded = await client.files_upload_v2(content=b"\x89PNG", filename="chart.png")
    image = {"type": "image", "slack_file": {"id": uploaded["files"][0]["id"]}, "alt_text": "passed"}
    await client.chat_postMessage(channel=HERE, text="x", blocks=[image])
    assert len(slack.messages(HERE)) == 1
    unknown = client.chat_postMessage(channel=HERE, text="x", blocks=[{**image, "slack_file": {"id": "F0"}}])
    assert (await refused(unknown))["error"] == "invalid_blocks"


async def test_an_upload_that_was_not_finished_is_not_there(slack: SlackSandbox, client: AsyncWebClient) -> None:
    begun = await client.files_getUploadURLExternal(filename="x.txt", length=3)
    files = [{"id": begun["file_id"]}]
    assert (await refused(client.files_info(file=begun["file_id"])))["error"] == "file_not_found"
    assert (await refused(client.files_completeUploadExternal(files=files)))["error"] == "file_not_found"
    assert (await refused(client.files_getUploadURLExternal(filename="x.txt", length=0)))[
        "error"
    ] == "invalid_arguments"
    nowhere = client.files_upload_v2(content="x", filename="x.txt", channel=ELSEWHERE)
    assert (await refused(nowhere))["error"] == "not_in_channel"
    slack.faults.add("upload", "server_error")
    with pytest.raises(SlackRequestError, match="status: 500"):
        await client.files_upload_v2(content="x", filename="x.txt")
