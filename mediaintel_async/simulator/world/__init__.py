"""The state of the simulated service: assets, runs, persons, searches, uploaded pictures."""
