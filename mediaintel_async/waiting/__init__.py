"""The poller behind all waits of a client, and the cadence that says when it looks next."""
