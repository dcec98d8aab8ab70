"""The persons of one workspace and their person tags.

Rules that the service leaves undocumented are listed in `assumed.py`.
"""

import itertools
from collections.abc import Collection, Iterator, Sequence

from attrs import define, field

from mediaintel_async.simulator.world.refusals import Reason, Refused


@define(eq=False, kw_only=True)
class Person:
    """A person who appears in assets."""

    person_id: int
    number: int
    """The position in the order of creation."""

    name: str | None = None
    """None: the person is anonymous."""

    description: str | None = None
    tag_ids: list[int] = field(factory=list)
    thumbnail_ids: list[int] = field(factory=list)
    primary_id: int | None = None
    """The id of the primary thumbnail; None if there are no thumbnails."""

    asset_count: int = 0
    """In how many assets the person appears."""


@define(eq=False, kw_only=True)
class Tag:
    """A person tag."""

    tag_id: int
    name: str
    created_at: float
    """By the clock's `monotonic()`."""


@define(eq=False)
class People:
    """The persons and tags of a workspace, each in the order of their creation."""

    persons: dict[int, Person] = field(factory=dict, init=False)
    tags: dict[int, Tag] = field(factory=dict, init=False)
    _numbers: Iterator[int] = field(factory=itertools.count, init=False)
    _person_ids: Iterator[int] = field(factory=lambda: itertools.count(1001), init=False)
    _tag_ids: Iterator[int] = field(factory=lambda: itertools.count(101), init=False)
    _thumbnail_ids: Iterator[int] = field(factory=lambda: itertools.count(3001), init=False)

    def put(
        self,
        person_id: int,
        thumbnail_ids: Sequence[int],
        *,
        name: str | None,
        tag_ids: Sequence[int],
        asset_count: int,
    ) -> None:
        """Add a person with a given id, without the checks of `create()`."""
        person = Person(
            person_id=person_id, number=next(self._numbers), name=name, asset_count=asset_count
        )
        person.tag_ids = list(tag_ids)
        person.thumbnail_ids = list(thumbnail_ids)
        _ensure_primary(person)
        self.persons[person_id] = person

    def put_tag(self, tag_id: int, name: str, created_at: float) -> None:
        """Add a tag with a given id, without the checks of `create_tag()`."""
        self.tags[tag_id] = Tag(tag_id=tag_id, name=name, created_at=created_at)

    def person(self, person_id: int) -> Person:
        """Return the person with that id.

        Raises:
            Refused: There is no such person.
        """
        person = self.persons.get(person_id)
        if person is None:
            raise Refused(Reason.MISSING)
        return person

    def create(
        self, name: str | None, description: str | None, are_primary: Sequence[bool]
    ) -> Person:
        """Create a person.

        Args:
            name: None: the person is anonymous.
            description: None: there is none.
            are_primary: For each thumbnail, whether it is the primary one.

        Raises:
            Refused: The name is taken, or more than one thumbnail is the primary one.
        """
        self._check_name(name, None)
        person_id = next(each for each in self._person_ids if each not in self.persons)
        person = Person(
            person_id=person_id,
            number=next(self._numbers),
            name=name,
            description=description,
        )
        self._append_thumbnails(person, are_primary)
        self.persons[person_id] = person
        return person

    def update(
        self,
        person_id: int,
        *,
        name: str | None,
        description: str | None,
        primary_id: int | None,
    ) -> Person:
        """Change a person; None leaves a value unchanged.

        Raises:
            Refused: There is no such person, the name is taken, or the thumbnail is not the
                person's.
        """
        person = self.person(person_id)
        self._check_name(name, person)
        if primary_id is not None and primary_id not in person.thumbnail_ids:
            raise Refused(Reason.INVALID)
        person.name = person.name if name is None else name
        person.description = person.description if description is None else description
        person.primary_id = person.primary_id if primary_id is None else primary_id
        return person

    def delete(self, person_id: int) -> Person:
        """Delete a person, and return it.

        Raises:
            Refused: There is no such person.
        """
        person = self.person(person_id)
        del self.persons[person_id]
        return person

    def merge(self, person_id: int, absorbed_ids: Collection[int]) -> tuple[int, int]:
        """Merge persons into one; return how many assets and thumbnails it gained.

        Raises:
            Refused: A person is missing, or is to be merged into itself.
        """
        person = self.person(person_id)
        if person_id in absorbed_ids or not set(absorbed_ids) <= self.persons.keys():
            raise Refused(Reason.INVALID)
        absorbed = [self.persons[each] for each in dict.fromkeys(absorbed_ids)]
        asset_count = sum(each.asset_count for each in absorbed)
        thumbnail_ids = [one for each in absorbed for one in each.thumbnail_ids]
        person.asset_count += asset_count
        person.thumbnail_ids += thumbnail_ids
        _ensure_primary(person)
        for each in absorbed:
            del self.persons[each.person_id]
        return asset_count, len(thumbnail_ids)

    def add_tags(self, person_id: int, tag_ids: Sequence[int]) -> Person:
        """Put tags on a person, beside the tags that the person has.

        Raises:
            Refused: There is no such person, or no such tag.
        """
        person = self.person(person_id)
        if not set(tag_ids) <= self.tags.keys():
            raise Refused(Reason.INVALID)
        person.tag_ids = list(dict.fromkeys([*person.tag_ids, *tag_ids]))
        return person

    def remove_tags(self, person_id: int, tag_ids: Collection[int]) -> Person:
        """Take tags off a person; tags that the person does not have are ignored.

        Raises:
            Refused: There is no such person.
        """
        person = self.person(person_id)
        person.tag_ids = [each for each in person.tag_ids if each not in tag_ids]
        return person

    def add_thumbnails(self, person_id: int, are_primary: Sequence[bool]) -> Person:
        """Add one thumbnail for each of *are_primary*, which says whether it is the primary one.

        Raises:
            Refused: There is no such person, or more than one thumbnail is the primary one.
        """
        person = self.person(person_id)
        self._append_thumbnails(person, are_primary)
        return person

    def remove_thumbnails(self, person_id: int, thumbnail_ids: Collection[int]) -> Person:
        """Remove thumbnails; ids that the person does not have are ignored.

        Raises:
            Refused: There is no such person, or no thumbnail would remain.
        """
        person = self.person(person_id)
        remaining = [each for each in person.thumbnail_ids if each not in thumbnail_ids]
        if not remaining:
            raise Refused(Reason.LAST_THUMBNAIL)
        person.thumbnail_ids = remaining
        _ensure_primary(person)
        return person

    def create_tag(self, name: str, created_at: float) -> Tag:
        """Create a tag.

        Raises:
            Refused: The name is taken.
        """
        if name in {each.name for each in self.tags.values()}:
            raise Refused(Reason.NAME_TAKEN)
        tag_id = next(each for each in self._tag_ids if each not in self.tags)
        self.put_tag(tag_id, name, created_at)
        return self.tags[tag_id]

    def delete_tag(self, tag_id: int) -> None:
        """Delete a tag, and take it off every person.

        Raises:
            Refused: There is no such tag.
        """
        if tag_id not in self.tags:
            raise Refused(Reason.MISSING)
        del self.tags[tag_id]
        for person_id in self.persons:
            self.remove_tags(person_id, [tag_id])

    def _check_name(self, name: str | None, owner: Person | None) -> None:
        """Refuse a name that a person other than *owner* has."""
        if name is None:
            return
        if name in {each.name for each in self.persons.values() if each is not owner}:
            raise Refused(Reason.NAME_TAKEN)

    def _append_thumbnails(self, person: Person, are_primary: Sequence[bool]) -> None:
        if sum(are_primary) > 1:
            raise Refused(Reason.INVALID)
        taken = {one for each in self.persons.values() for one in each.thumbnail_ids}
        for is_primary in are_primary:
            thumbnail_id = next(each for each in self._thumbnail_ids if each not in taken)
            person.thumbnail_ids.append(thumbnail_id)
            person.primary_id = thumbnail_id if is_primary else person.primary_id
        _ensure_primary(person)


def _ensure_primary(person: Person) -> None:
    """Make the first thumbnail the primary one if the primary one is gone or was never chosen."""
    if person.primary_id not in person.thumbnail_ids:
        person.primary_id = next(iter(person.thumbnail_ids), None)
