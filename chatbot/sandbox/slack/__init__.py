"""A Slack on localhost: Web API, Socket Mode, signed HTTP, people who press things, and a page to look at.

It keeps state, refuses what Slack refuses, and fails on request. It listens on 127.0.0.1 only, keeps nothing on
disk, and does not use Slack's SDK: what the bot sends is read as bytes on a wire, as Slack reads them.
"""

from chatbot.sandbox.slack.server import SlackSandbox
from chatbot.sandbox.slack.values import Answer, Channel, FailedAck, File, Message, Person, Request, Usergroup, View

__all__ = [
    "Answer",
    "Channel",
    "FailedAck",
    "File",
    "Message",
    "Person",
    "Request",
    "SlackSandbox",
    "Usergroup",
    "View",
]
