"""The operations of the simulated service: each reads or changes the world, and answers."""
