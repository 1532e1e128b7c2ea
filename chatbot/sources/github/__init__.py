"""GitHub as a source: commits, runs, jobs and attempts over its REST API, version 2022-11-28.

Only reads, conditionally, from one host, and judges nothing: what GitHub says is passed on as it says it.
"""

from chatbot.budgets import Budget
from chatbot.sources.github.credentials import App, Credentials, Token
from chatbot.sources.github.lookups import Annotation, Pull
from chatbot.sources.github.source import GitHubSource
from chatbot.sources.github.transport import API_URL

__all__ = ["API_URL", "Annotation", "App", "Budget", "Credentials", "GitHubSource", "Pull", "Token"]
