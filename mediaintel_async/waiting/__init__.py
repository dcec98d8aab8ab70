"""When to look next, and one poller for all waits."""
