"""The commands of `trunkwatch`, one a file, each with `command`; loaded when asked for."""
