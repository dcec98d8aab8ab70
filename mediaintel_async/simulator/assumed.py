"""What no page of the documentation shows, and the stand-in had to make up.

Nothing in a client may rely on this module. Each fact says why it is what it is. Beside what
stands here: a body over aiohttp's limit of 1 MiB is refused, since the gateway's is not shown;
a new index clears the summary of the former one, as deleting it does; a project is listed in
the order of registration, and so are workspaces and projects, in that of creation.

Of workspaces and projects: a name is unique within the account; the base project is called
`default`, and its number, as that of any new project, counts from 900001; a project may be given
the name it has; deleting one takes its assets along, whatever runs on them; a workspace is not
deleted while a summary is going either; an absent bucket is left out; `monthlyAnalysisCount`
counts what is on the bill, of whatever month.

Of assets: one may be moved or deleted whatever runs on it; what hangs on it moves and goes along,
and its object stays in the bucket.

Of persons and tags: ids count from 1001, 101 and 3001 in each workspace; the key of a thumbnail
may be any text; without a main thumbnail the first is it; a name to look for may stand anywhere
in the name, and one of several tags is enough; a person may be given the name they have; a tag
that does not exist cannot be put on a person; a tag in use can be deleted, and is off all persons
then; a merge keeps name, description and tags of the person that remains; a person to absorb
who does not exist makes the request invalid; nobody is found in a scene.
"""

import zlib
from collections.abc import Collection, Mapping
from typing import Any

from attrs import field, frozen, validators

from mediaintel_async.public import public_in
from mediaintel_async.simulator.world.persons import People, Person
from mediaintel_async.simulator.world.refusals import Why
from mediaintel_async.simulator.world.world import Asset, Index, Summary

Json = dict[str, Any]

SCENE_IDS = "sceneIds"
"""The body member of a partial summary: the index-level page calls it so."""

USER_NAME = "username"
"""Who made everything: the pages' examples say so."""

INDEX_ID_OF_START = "indexId"
"""What `request_index` calls the index to come: its answer was not seen, the oldest says `id`."""

INDEX_STATUS_MESSAGE = "analyzeStatusMessage"
"""The failure text in `/index/status`: cut off there; the older pages' table has this name."""


@public_in("mediaintel_async.simulator")
@frozen(kw_only=True)
class Assumed:
    """Assumptions that a test may want the other way round."""

    second_request_status: int = field(default=400, validator=validators.in_((400, 409)))
    """HTTP status of a summary request while one is going: the page says only that it fails."""

    former_index_readable: bool = True
    """Whether the former index can be read during a new analysis: two pages disagree."""

    index_status_shows_times: bool = False
    """Whether `/index/status` carries `requestedTime`: the page was cut off after `status`."""

    search_needs_filter: bool = False
    """Whether a search must name projects or assets: only a third party's copy says so."""


REFUSALS: Mapping[Why, tuple[int, str, str]] = {
    # The documents show no code for a missing thing; 409 answers repeat their status as code.
    Why.MISSING: (404, "404", "Not Found."),
    # 10001 is the code for any parameter that does not fit.
    Why.NOT_IMPORTED: (400, "10001", "Invalid Request."),
    # The page gives 409, but not the body; the others' code column repeats the status.
    Why.INDEX_GOING: (409, "409", "Analysis is already in progress"),
    # Nothing is said of an analysis during a summary; both would write the same index.
    Why.INDEX_DURING_SUMMARY: (409, "409", "Scene summary is in progress"),
    # The pages say "only" without a status; the state of the asset is what is wrong.
    Why.NO_FINISHED_INDEX: (400, "10001", "Invalid Request."),
    Why.NO_FULL_SUMMARY: (400, "10001", "Invalid Request."),
    # As documented for the analysis.
    Why.SUMMARY_NOT_GOING: (409, "409", "Cannot cancel scene summary in the current state"),
    # The page says that the call is an error before completion.
    Why.NOT_COMPLETED: (409, "409", "Scene summary is not completed"),
    # The rules have no code; a name is a parameter, and so is the project.
    Why.NAME_TAKEN: (400, "10001", "Invalid Request."),
    Why.NO_ROOM: (400, "10001", "Invalid Request."),
    Why.BASE_PROJECT: (400, "10001", "Invalid Request."),
    # As documented for the deletion of an index.
    Why.WORKSPACE_BUSY: (409, "409", "Cannot delete workspace while analysis is in progress"),
    # The rule has no code; the ids are a parameter.
    Why.LAST_THUMBNAIL: (400, "10001", "Invalid Request."),
}
"""HTTP status, code and message of the refusals whose answer was not seen.

All go out as `{"code", "message"}`: whether `responseError` wraps them is not shown either.
"""


def second_request(assumed: Assumed) -> tuple[int, str, str]:
    """How a summary request is refused while one is going."""
    if assumed.second_request_status == 409:  # noqa: PLR2004 - the HTTP status Conflict
        return (409, "409", "Scene summary is already in progress")
    return (400, "10001", "Invalid Request.")


def content_of_index(asset: Asset, index: Index, confidence_level: str) -> Json:
    """What `get_index` shows after `updatedUserName`: the page ends there."""
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
    """An item of `sceneSummaries`: its fields were cut off on every page.

    The text names the run that wrote it, so that a partial run can be told from a full one.
    """
    language = summary.locale or "the default language"
    run = summary.told_by[scene_id]
    return {
        "sceneId": scene_id,
        "summary": f"Scene {scene_id} of {asset.file_name}, told in {language} by run {run}.",
    }


def media_facts(asset: Asset) -> Json:
    """`metaData`: its fields are documented, what an image's length is is not."""
    seconds_per_scene = 15
    return {
        "resolution": "1280x720",
        "durationMs": asset.scenes * seconds_per_scene * 1000 if asset.is_video else 0,
        "size": asset.scenes * 1_000_000,
        "format": asset.file_name.rpartition(".")[2].lower(),
    }


def import_text(status: str) -> str:
    """`uploadResult`: a text for a person, one for each status; none was seen."""
    return f"The import is {status.lower().replace('_', ' ')}."


def thumbnail_url(thumbnail_id: int) -> str:
    """The presigned address of a thumbnail, which leads nowhere."""
    return f"https://kr.object.ncloudstorage.com/simulator/{thumbnail_id}.jpg?X-Amz-Signature=none"


UPLOAD_URL = "url"
"""What the address for a query image is called: that of a thumbnail is."""


def score(words: str, asset: Asset, scene_id: int) -> float:
    """How well a scene fits a search: what the service finds by was not seen.

    Here every scene of every indexed asset is found, some better than others.
    """
    return round(zlib.crc32(f"{words} {asset.where} {scene_id}".encode()) / 2**32, 4)


def hit(asset: Asset, scene_id: int, score: float) -> Json:
    """An item of `results`: its fields were cut off on every page."""
    return {
        "projectId": asset.where.project_id,
        "assetId": asset.where.asset_id,
        "sceneId": scene_id,
        "score": score,
        "text": f"Scene {scene_id} of {asset.file_name}",
    }


def counters(person: Person) -> Json:
    """The two counters that persons show since September 2026: their names were not seen."""
    return {"assetCount": person.asset_count, "sceneCount": 0}


def chosen(people: People, name: str, tag_ids: Collection[int]) -> list[Person]:
    """Whom a listing or a search finds by name and tags, in the order of creation."""
    return [
        person
        for person in people.persons.values()
        if name in (person.name or "") and (not tag_ids or set(tag_ids) & set(person.tag_ids))
    ]


def likest(people: People, number: int, threshold: int) -> list[Json]:
    """Who has a face like that of *number*, the likest first; there are no pictures to compare.

    The nearer two person ids are, the liker their faces; whoever has no thumbnail has no face.
    Only `personId` was seen of an item.
    """
    scores = {
        person.person_id: 100 - 3 * abs(person.person_id - number)
        for person in people.persons.values()
        if person.thumbnail_ids
    }
    order = sorted(scores, key=lambda person_id: -scores[person_id])
    return [
        {"personId": person_id, "score": scores[person_id]}
        for person_id in order
        if scores[person_id] >= threshold
    ]


def recommendation(people: People, key: str, threshold: int, count: int) -> Json:
    """The answer to an image: nothing of it was seen, so it looks like that to a person.

    The digits in the key of the image are the number of the person it shows.
    """
    digits = "".join(filter(str.isdecimal, key))
    return {"persons": likest(people, int(digits[:9] or 0), threshold)[:count]}
