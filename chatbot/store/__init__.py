"""Everything the bot remembers, in Redis. Nothing else imports redis."""
