"""The demo's story: a day on a trunk modelled on PyTorch's, as lines of a recording, with the failing jobs' logs.

Deterministic and made up: names, numbers and changes belong to nobody. It tells nothing about the bot.
"""

from pathlib import Path

from chatbot.sandbox.story.telling import BEGINS, LENGTH, REPO, TRUNK, Story, story

CONFIG = Path(__file__).with_name("trunkwatch.yaml")
"""A configuration that fits: its watches, teams and people."""

__all__ = ["BEGINS", "CONFIG", "LENGTH", "REPO", "TRUNK", "Story", "story"]
