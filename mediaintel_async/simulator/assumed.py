"""Behaviour that the service does not document, and that the simulator had to assume.

A program must not rely on anything in this module. Each assumption has its reason beside it, and
those that a test may want the other way are fields of `Assumed`. Further assumptions, built into
other modules:

- Requests: a body over 1 MiB is refused with 413.
- Indexes: a new index deletes the summary of the former one, as deleting the index does.
- Listings: workspaces and projects are in the order of creation, assets in that of registration.
- Workspaces: a name is unique within the account. A workspace is not deleted while a summary is in
  progress in it either. `bucketName` is left out if there is no bucket. `monthlyAnalysisCount`
  counts everything on the bill, whatever the month.
- Projects: the base project is called `default`; its id, like that of any new project, counts from
  900001. A project may be renamed to the name it has. Deleting a project deletes its assets, even
  if runs are in progress.
- Assets: an asset may be moved or deleted while a run is in progress. Its index and summary move
  with it or are deleted; its object stays in the bucket.
- Persons: ids of persons, tags and thumbnails count from 1001, 101 and 3001 in each workspace. Any
  text is accepted as the key of a thumbnail. The first thumbnail is the primary one if none is
  named. A name is found anywhere in the name of a person, and one of several tags is enough. A
  person may be renamed to the name they have. A merge keeps the name, description and tags of the
  person that remains; a missing person to be merged makes the request invalid. No person is found
  in a scene.
- Person tags: a tag must exist to be put on a person. Deleting a tag takes it off all persons.
"""

import zlib
from collections.abc import Collection, Mapping
from typing import Any

from attrs import field, frozen, validators

from mediaintel_async.public import public_in
from mediaintel_async.simulator.world.assets import Asset, Index, Summary
from mediaintel_async.simulator.world.persons import People, Person
from mediaintel_async.simulator.world.refusals import Reason

Json = dict[str, Any]

SCENE_IDS = "sceneIds"
"""The body member of a partial summary; the index-level operation has this name."""

USER_NAME = "username"
"""The user who created and updated everything, as in the documented examples."""

INDEX_ID_OF_START = "indexId"
"""The result member of `request_index` with the id of the index to be made. The answer is
undocumented; that of the oldest operation says `id`."""

INDEX_STATUS_MESSAGE = "analyzeStatusMessage"
"""The member of `/index/status` with the failure text; the older operations' table has this
name."""

UPLOAD_URL = "url"
"""The member with the presigned URL of an image to search with; for a thumbnail it is `url`."""


@public_in("mediaintel_async.simulator")
@frozen(kw_only=True)
class Assumed:
    """Undocumented behaviour of the service that a test may set the other way."""

    second_request_status: int = field(default=400, validator=validators.in_((400, 409)))
    """HTTP status, 400 or 409, of a summary request while a summary is in progress. The service
    documents only that the request fails."""

    former_index_readable: bool = True
    """Whether the former index can be read while a new analysis is in progress. The documentation
    contradicts itself."""

    index_status_shows_times: bool = False
    """Whether `/index/status` has `requestedTime` and `completedTime`, which are undocumented."""

    search_needs_filter: bool = False
    """Whether a search must name projects or assets, which the service does not document."""


REFUSALS: Mapping[Reason, tuple[int, str, str]] = {
    # No code is documented for a missing thing; documented 409 answers repeat their status as code.
    Reason.MISSING: (404, "404", "Not Found."),
    # 10001 is the code of any invalid parameter.
    Reason.NOT_IMPORTED: (400, "10001", "Invalid Request."),
    # 409 is documented without a body; other documented bodies repeat the status as code.
    Reason.INDEX_IN_PROGRESS: (409, "409", "Analysis is already in progress"),
    # An analysis during a summary is undocumented; both work on the same index.
    Reason.INDEX_DURING_SUMMARY: (409, "409", "Scene summary is in progress"),
    # "Only" without a status in the documentation; the asset is in the wrong state.
    Reason.NO_FINISHED_INDEX: (400, "10001", "Invalid Request."),
    Reason.NO_FULL_SUMMARY: (400, "10001", "Invalid Request."),
    # As documented for an analysis.
    Reason.SUMMARY_NOT_IN_PROGRESS: (
        409,
        "409",
        "Cannot cancel scene summary in the current state",
    ),
    # Documented as an error, without status and body.
    Reason.NOT_COMPLETED: (409, "409", "Scene summary is not completed"),
    # These rules are documented without a code; names and projects are parameters.
    Reason.NAME_TAKEN: (400, "10001", "Invalid Request."),
    Reason.NO_ROOM: (400, "10001", "Invalid Request."),
    Reason.BASE_PROJECT: (400, "10001", "Invalid Request."),
    # As documented for deleting an index.
    Reason.WORKSPACE_BUSY: (409, "409", "Cannot delete workspace while analysis is in progress"),
    # This rule is documented without a code; the ids are a parameter.
    Reason.LAST_THUMBNAIL: (400, "10001", "Invalid Request."),
}
"""HTTP status, code and message of the refusals whose answer is undocumented.

All have the body `{"code", "message"}`; whether the service wraps it in `responseError` is
undocumented too.
"""


def second_request(assumed: Assumed) -> tuple[int, str, str]:
    """Return status, code and message for a summary request while a summary is in progress."""
    if assumed.second_request_status == 409:  # noqa: PLR2004 - the HTTP status Conflict
        return (409, "409", "Scene summary is already in progress")
    return (400, "10001", "Invalid Request.")


def content_of_index(asset: Asset, index: Index, confidence_level: str) -> Json:
    """Return the members of `get_index` after `updatedUserName`, which are undocumented."""
    keywords = {"LOW": 3, "MEDIUM": 2, "HIGH": 1}[confidence_level]
    return {
        "analysisSetting": {"analysisEngine": "Sinossi v1.0", **index.setting},
        "scenes": [
            {
                "sceneId": scene_id,
                "keywords": [f"keyword-{number}" for number in range(1, keywords + 1)],
            }
            for scene_id in asset.scene_ids
        ],
    }


def summary_of_scene(asset: Asset, summary: Summary, scene_id: int) -> Json:
    """Return an item of `sceneSummaries`, whose members are undocumented.

    The text names the run that wrote it, so that a test can tell a partial run from a full one.
    """
    language = summary.locale or "the default language"
    run = summary.written_by[scene_id]
    return {
        "sceneId": scene_id,
        "summary": f"Scene {scene_id} of {asset.file_name}, told in {language} by run {run}.",
    }


def media_facts(asset: Asset) -> Json:
    """Return `metaData`: its members are documented, the duration of an image is not."""
    seconds_per_scene = 15
    return {
        "resolution": "1280x720",
        "durationMs": asset.scenes * seconds_per_scene * 1000 if asset.is_video else 0,
        "size": asset.scenes * 1_000_000,
        "format": asset.file_name.rpartition(".")[2].lower(),
    }


def import_text(status: str) -> str:
    """Return `uploadResult`: a sentence for each import status; the real texts are undocumented."""
    return f"The import is {status.lower().replace('_', ' ')}."


def thumbnail_url(thumbnail_id: int) -> str:
    """Return the presigned URL of a thumbnail; nothing can be downloaded from it."""
    return f"https://kr.object.ncloudstorage.com/simulator/{thumbnail_id}.jpg?X-Amz-Signature=none"


def score(words: str, asset: Asset, scene_id: int) -> float:
    """Return how well a scene fits a search; how the service decides that is undocumented.

    Every scene of every indexed asset is a hit, with a score that only looks random.
    """
    return round(zlib.crc32(f"{words} {asset.where} {scene_id}".encode()) / 2**32, 4)


def hit(asset: Asset, scene_id: int, score: float) -> Json:
    """Return an item of `results`, whose members are undocumented."""
    return {
        "projectId": asset.where.project_id,
        "assetId": asset.where.asset_id,
        "sceneId": scene_id,
        "score": score,
        "text": f"Scene {scene_id} of {asset.file_name}",
    }


def counters(person: Person) -> Json:
    """Return the two counters that persons have since September 2026; the names are assumed."""
    return {"assetCount": person.asset_count, "sceneCount": 0}


def matching_persons(people: People, name: str, tag_ids: Collection[int]) -> list[Person]:
    """Return the persons with *name* in their name and one of the tags, in order of creation."""
    return [
        person
        for person in people.persons.values()
        if name in (person.name or "") and (not tag_ids or set(tag_ids) & set(person.tag_ids))
    ]


def most_similar(people: People, person_id: int, threshold: int) -> list[Json]:
    """Return the persons who look like one person, the most similar first.

    There are no pictures to compare: the nearer two person ids are, the higher the score. A person
    without thumbnails looks like nobody. Only `personId` is documented of an item.
    """
    scores = {
        person.person_id: 100 - 3 * abs(person.person_id - person_id)
        for person in people.persons.values()
        if person.thumbnail_ids
    }
    order = sorted(scores, key=lambda each: -scores[each])
    return [
        {"personId": each, "score": scores[each]} for each in order if scores[each] >= threshold
    ]


def recommendation(people: People, key: str, threshold: int, count: int) -> Json:
    """Return the persons who look like the face in an image; the answer is undocumented.

    The digits in the key of the image are the id of the person that it shows.
    """
    digits = "".join(filter(str.isdecimal, key))
    return {"persons": most_similar(people, int(digits[:9] or 0), threshold)[:count]}
