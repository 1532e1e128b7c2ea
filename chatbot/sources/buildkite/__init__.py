"""Buildkite as a source: one pipeline's builds and their jobs, over its REST API, version 2.

Only reads, from one host, and judges nothing. Buildkite knows builds, not commits: see `order`.
"""

from chatbot.sources.buildkite.source import API_URL, BuildkiteSource

__all__ = ["API_URL", "BuildkiteSource"]
