"""What people can do in Slack: one file a feature, none knows another."""
