"""Decisions about runs, as pure functions: no event loop, no network, no clock."""
