"""What arrived at the simulator, counted."""


def sent(simulator, operation):
    """How often *operation* arrived."""
    return len([one for one in simulator.requests if one.operation == operation])
