"""GitLab as a source: one project's pipelines and their jobs, over its REST API, version 4, on gitlab.com or elsewhere.

Only reads, from one host, and judges nothing: what GitLab says is passed on as it says it.
"""

from chatbot.sources.gitlab.source import GitlabSource

__all__ = ["GitlabSource"]
