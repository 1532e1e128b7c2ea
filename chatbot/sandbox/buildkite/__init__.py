"""A Buildkite on localhost: one pipeline's builds, as its REST API shows them."""

from chatbot.sandbox.buildkite.server import BuildkiteSandbox

__all__ = ["BuildkiteSandbox"]
