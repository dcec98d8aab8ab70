"""Holds what the stand-in answers against the contract."""

from functools import cache

import orjson
from contract import CONTRACT, OPERATIONS
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

_REGISTRY = Registry().with_resource(
    "contract", Resource.from_contents(CONTRACT, default_specification=DRAFT202012)
)
_PLACES = {
    name: "contract#/paths/{}/{}".format(
        each["path"].replace("~", "~0").replace("/", "~1"), each["method"].lower()
    )
    for name, each in OPERATIONS.items()
}
"""Where in the contract each operation stands, as a JSON pointer."""


@cache
def _validator(operation_id, status):
    """What holds an answer of that status to the schema that the contract has for it, if any."""
    path = f"{_PLACES[operation_id]}/responses"
    resolver = _REGISTRY.resolver()
    answers = resolver.lookup(path).contents
    of_status = answers.get(status) or answers["default"]
    if "content" not in of_status:
        of_status = answers["default"]
    schema = of_status["content"]["application/json"]["schema"]
    # References are to the components of the same document.
    whole = {**schema, "components": CONTRACT["components"]}
    return Draft202012Validator(whole)


def complaints(operation_id, answer):
    """All in which an answer is not what the contract says of the operation."""
    if operation_id not in _PLACES:
        return [f"{operation_id} is not in the contract"]
    said = orjson.loads(answer.body)
    found = _validator(operation_id, str(answer.status)).iter_errors(said)
    return [f"{operation_id}, {answer.status}: {each.json_path}: {each.message}" for each in found]
