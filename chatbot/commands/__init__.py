"""What the command line can do, one command a file, each a `command` loaded only when it is called for."""
