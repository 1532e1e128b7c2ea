"""Trunkwatch: watches a trunk branch and tells the people who own a part of it, in Slack."""

__version__ = "0.1.0"
