"""The Web API, a file for each family of methods. A new family is a module listed here."""

from chatbot.sandbox.slack.methods import chat, conversations, files, people, reactions, views
from chatbot.sandbox.slack.methods.call import METHODS, Call, Method, Token

__all__ = ["METHODS", "Call", "Method", "Token", "chat", "conversations", "files", "people", "reactions", "views"]
