"""A GitLab on localhost: one project's commits, pipelines and jobs, as its REST API shows them."""

from chatbot.sandbox.gitlab.server import GitlabSandbox

__all__ = ["GitlabSandbox"]
