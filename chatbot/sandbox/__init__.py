"""A Slack and a GitHub on localhost: what the demo and the end-to-end tests run against. Never imported by the bot."""
