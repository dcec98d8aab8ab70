"""The commands and their arguments. Nothing here loads a client, so that --help is fast."""
