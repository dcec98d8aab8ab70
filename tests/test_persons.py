"""Persons and person tags, from the client to the stand-in service and back."""

import json
from datetime import datetime

import pytest
from scripted_server import Answer, ScriptedServer, connect

from mediaintel_async import (
    InvalidAnswer,
    InvalidArgument,
    InvalidRequest,
    MergedPersons,
    NewThumbnail,
    NotFound,
    Person,
    PersonNameType,
    PersonQuery,
    PersonSortColumn,
    PersonTag,
    PersonTags,
    SimilarPerson,
    SimilarPersons,
    SortType,
)
from mediaintel_async.simulator import Fault

NOW = datetime(2027, 1, 15, 17)
PICTURE = NewThumbnail("persons/thumbnails/hong.jpg", is_primary_thumbnail=True)
W = "my-workspace"


@pytest.fixture
def people(world):
    """Persons 1001 to 1003, the last anonymous, of whom 1001 has the tags 100 and 200."""
    world.add_person_tag(W, 100, "Actor")
    world.add_person_tag(W, 200, "Anchor")
    world.add_person(W, 1001, [1234, 3002], name="Gildong Hong", tag_ids=[100, 200], asset_count=2)
    world.add_person(W, 1002, [4321], name="Jae-suk Yoo", tag_ids=[200], asset_count=5)
    world.add_person(W, 1003, [1, 2], asset_count=3)
    return world.workspace(W).people


def success(**result):
    """An answer with that result."""
    return Answer(body=json.dumps({"code": "0", "message": "success", "result": result}).encode())


def ids_of(persons):
    """Who they are."""
    return [each.person_id for each in persons]


# Each example of the contract.

EXAMPLES = {
    "create_person": (
        {
            "name": "Gildong Hong",
            "description": "A representative fictional character in Korea.",
            "thumbnails": [
                {"thumbnailKey": "persons/thumbnails/hong.jpg", "isPrimaryThumbnail": True}
            ],
        },
        lambda client: client.persons.create(
            W,
            name="Gildong Hong",
            description="A representative fictional character in Korea.",
            thumbnails=[PICTURE],
        ),
    ),
}
