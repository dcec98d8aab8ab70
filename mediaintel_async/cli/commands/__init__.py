"""The commands and their arguments; loads no client, so that --help is fast."""
