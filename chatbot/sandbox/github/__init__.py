"""A GitHub on localhost that replays a recorded trunk through the part of the REST API that the bot reads.

It listens on 127.0.0.1 only, shows nothing later than its story time, and fails on request.
"""

from chatbot.sandbox.github.door import Asked
from chatbot.sandbox.github.draft import Draft
from chatbot.sandbox.github.faults import Fault
from chatbot.sandbox.github.login import AppKey
from chatbot.sandbox.github.server import GitHubSandbox

__all__ = ["AppKey", "Asked", "Draft", "Fault", "GitHubSandbox"]
