"""A search query: what it refuses, and the body that is sent."""

from datetime import UTC, datetime

import pytest

from mediaintel_async import (
    InvalidArgument,
    SearchQuery,
)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"text": "car", "image": "key"},
        {"text": ""},
        {"text": 5},
        {"text": "x" * 1001},
        {"text": "one;two"},
        {"text": "one|two"},
        {"text": "one`two"},
        {"image": ""},
        {"image": b"key"},
        {"text": "car", "dialog_must": ["one;two"]},
        {"text": "car", "dialog_any": [""]},
        {"text": "car", "dialog_not": "taxi"},
        {"text": "car", "dialog_not": {"a": 1}},
        {"text": "car", "person_must": 5},
        {"text": "car", "person_any": [-1]},
        {"text": "car", "person_not": [True]},
        {"text": "car", "confidence_level": "SURE"},
        {"text": "car", "project_ids": [1.5]},
        {"text": "car", "asset_ids": "5678"},
        {"text": "car", "index_modified_from": "2026-04-17"},
        {"text": "car", "index_modified_to": 5},
        {
            "text": "car",
            "index_modified_from": datetime(2026, 4, 18),
            "index_modified_to": datetime(2026, 4, 17),
        },
        {"text": "car", "extra": [1]},
    ],
    ids=str,
)
def test_a_query_refuses_what_the_service_does_not_take(arguments):
    """
    A query that makes no sense is an InvalidArgument when it is made.
    """
    with pytest.raises(InvalidArgument):
        SearchQuery(**arguments)


def test_a_text_of_no_letter_is_told_from_none():
    """
    An empty text is refused in words that say what is missing.
    """
    with pytest.raises(InvalidArgument, match="text is ''; expected text of 1 to 1000"):
        SearchQuery(text="")


def test_a_text_may_be_as_long_as_documented():
    """
    A thousand characters are a query, and so is one.
    """
    assert "x" * 1000 == SearchQuery(text="x" * 1000).body()["query"]["textQuery"]
    assert "x" == SearchQuery(text="x").body()["query"]["textQuery"]


def test_only_what_is_given_is_sent():
    """
    What a query leaves open is no field of the body.
    """
    assert {"query": {"textQuery": "a red car"}} == SearchQuery(text="a red car").body()


def test_a_whole_query_has_the_documented_fields():
    """
    Ids count as numbers however they were given, and a time with a zone becomes the service's.
    """
    query = SearchQuery(
        image="key",
        person_must=[1, "2"],
        dialog_not=["taxi"],
        confidence_level="HIGH",
        project_ids=("1234",),
        asset_ids=iter([5678]),
        index_modified_from=datetime(2026, 4, 17, 1, 30, tzinfo=UTC),
        index_modified_to=datetime(2026, 4, 17, 10, 30),
    )

    assert {
        "query": {
            "imageQuery": "key",
            "personQuery": {"must": [1, 2]},
            "dialogQuery": {"not": ["taxi"]},
        },
        "queryOption": {"confidenceLevel": "HIGH"},
        "filter": {
            "projectIds": [1234],
            "assetIds": [5678],
            "indexModifiedFrom": "2026-04-17T10:30:00",
            "indexModifiedTo": "2026-04-17T10:30:00",
        },
    } == query.body()


def test_extra_is_merged_last_and_into_the_objects():
    """
    Further fields of the filter leave its other fields, and win over one of the same name.
    """
    more = {"filter": {"assetTypes": ["VIDEO"], "projectIds": "all"}, "sort": "time"}
    query = SearchQuery(text="car", project_ids=[1], asset_ids=[2], extra=more)

    assert {
        "query": {"textQuery": "car"},
        "filter": {"projectIds": "all", "assetIds": [2], "assetTypes": ["VIDEO"]},
        "sort": "time",
    } == query.body()
