import re

from mediaintel_async.simulator.operations.catalogue import OPERATIONS


def test_operations_are_found_by_one_address_each():
    """
    No two operations share a method and a path, and no operation is served twice.
    """
    addresses = {(each.method, re.sub("{.*?}", "{}", each.path)) for each in OPERATIONS}
    names = {each.operation_id for each in OPERATIONS}

    assert len(OPERATIONS) == len(addresses) == len(names)
