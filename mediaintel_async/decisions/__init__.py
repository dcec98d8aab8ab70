"""Pure decisions about runs: no event loop, no network, no clock."""
