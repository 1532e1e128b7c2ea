"""Slack's Web API in our words. Nothing else imports slack_sdk."""
