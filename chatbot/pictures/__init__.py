"""Pictures for those who would rather look: values in, PNG out. Draws, and knows neither trunk nor Slack."""
