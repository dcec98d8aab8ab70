"""The persons of one workspace and their tags, and what may be done with them.

What the documents leave open and is made up here stands in `assumed`.
"""

import itertools
from collections.abc import Collection, Iterator, Sequence

from attrs import define, field

from mediaintel_async.simulator.world.refusals import Refused, Why


@define(eq=False, kw_only=True)
class Person:
    """Somebody who is seen in assets."""

    person_id: int
    number: int
    """The later they were created, the higher."""

    name: str | None = None
    """None: the person is anonymous."""

    description: str | None = None
    tag_ids: list[int] = field(factory=list)
    thumbnail_ids: list[int] = field(factory=list)
    primary_id: int | None = None
    """The main one of the thumbnails; None if there are none."""

    asset_count: int = 0
    """In how many assets the person is seen."""


@define(eq=False, kw_only=True)
class Tag:
    """A word that persons are marked with."""

    tag_id: int
    name: str
    created_at: float
    """When, by the clock's `monotonic()`."""


@define(eq=False)
class People:
    """Persons and tags, each in the order of their creation."""

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
        """Put in a person as if created before."""
        person = Person(
            person_id=person_id, number=next(self._numbers), name=name, asset_count=asset_count
        )
        person.tag_ids = list(tag_ids)
        person.thumbnail_ids = list(thumbnail_ids)
        _keep_a_main_one(person)
        self.persons[person_id] = person

    def put_tag(self, tag_id: int, name: str, created_at: float) -> None:
        """Put in a tag as if created before."""
        self.tags[tag_id] = Tag(tag_id=tag_id, name=name, created_at=created_at)

    def person(self, person_id: int) -> Person:
        """The person with that id.

        Raises:
            Refused: There is no such person, or not any more.
        """
        person = self.persons.get(person_id)
        if person is None:
            raise Refused(Why.MISSING)
        return person

    def create(self, name: str | None, description: str | None, are_main: Sequence[bool]) -> Person:
        """Create a person with a thumbnail for each of *are_main*, which says which is main.

        Raises:
            Refused: The name is taken, or more than one thumbnail is the main one.
        """
        self._check_name(name, None)
        person_id = next(each for each in self._person_ids if each not in self.persons)
        person = Person(
            person_id=person_id,
            number=next(self._numbers),
            name=name,
            description=description,
        )
        self._take_thumbnails(person, are_main)
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
        """Change what is not None.

        Raises:
            Refused: There is no such person, the name is taken, or the thumbnail not theirs.
        """
        person = self.person(person_id)
        self._check_name(name, person)
        if primary_id is not None and primary_id not in person.thumbnail_ids:
            raise Refused(Why.INVALID)
        person.name = person.name if name is None else name
        person.description = person.description if description is None else description
        person.primary_id = person.primary_id if primary_id is None else primary_id
        return person

    def delete(self, person_id: int) -> Person:
        """Delete a person, and return what it was.

        Raises:
            Refused: There is no such person.
        """
        person = self.person(person_id)
        del self.persons[person_id]
        return person

    def merge(self, person_id: int, absorbed_ids: Collection[int]) -> tuple[int, int]:
        """Fold persons into one; return how many assets and thumbnails that moved.

        Raises:
            Refused: There is no such person, or one to fold in is missing, or is that one.
        """
        person = self.person(person_id)
        if person_id in absorbed_ids or not set(absorbed_ids) <= self.persons.keys():
            raise Refused(Why.INVALID)
        absorbed = [self.persons[each] for each in dict.fromkeys(absorbed_ids)]
        assets = sum(each.asset_count for each in absorbed)
        thumbnails = [one for each in absorbed for one in each.thumbnail_ids]
        person.asset_count += assets
        person.thumbnail_ids += thumbnails
        _keep_a_main_one(person)
        for each in absorbed:
            del self.persons[each.person_id]
        return assets, len(thumbnails)

    def add_tags(self, person_id: int, tag_ids: Sequence[int]) -> Person:
        """Put tags on a person; those that are there already stay.

        Raises:
            Refused: There is no such person, or no such tag.
        """
        person = self.person(person_id)
        if not set(tag_ids) <= self.tags.keys():
            raise Refused(Why.INVALID)
        person.tag_ids = list(dict.fromkeys([*person.tag_ids, *tag_ids]))
        return person

    def remove_tags(self, person_id: int, tag_ids: Collection[int]) -> Person:
        """Take tags off a person, ignoring those that are not there.

        Raises:
            Refused: There is no such person.
        """
        person = self.person(person_id)
        person.tag_ids = [each for each in person.tag_ids if each not in tag_ids]
        return person

    def add_thumbnails(self, person_id: int, are_main: Sequence[bool]) -> Person:
        """Add a thumbnail for each of *are_main*, which says which is the main one from now on.

        Raises:
            Refused: There is no such person, or more than one thumbnail is the main one.
        """
        person = self.person(person_id)
        self._take_thumbnails(person, are_main)
        return person

    def remove_thumbnails(self, person_id: int, thumbnail_ids: Collection[int]) -> Person:
        """Remove thumbnails, ignoring ids that are not there.

        Raises:
            Refused: There is no such person, or none would remain.
        """
        person = self.person(person_id)
        left = [each for each in person.thumbnail_ids if each not in thumbnail_ids]
        if not left:
            raise Refused(Why.LAST_THUMBNAIL)
        person.thumbnail_ids = left
        _keep_a_main_one(person)
        return person

    def create_tag(self, name: str, created_at: float) -> Tag:
        """Create a tag.

        Raises:
            Refused: The name is taken.
        """
        if name in {each.name for each in self.tags.values()}:
            raise Refused(Why.NAME_TAKEN)
        tag_id = next(each for each in self._tag_ids if each not in self.tags)
        self.put_tag(tag_id, name, created_at)
        return self.tags[tag_id]

    def delete_tag(self, tag_id: int) -> None:
        """Delete a tag, and take it off whoever has it.

        Raises:
            Refused: There is no such tag.
        """
        if tag_id not in self.tags:
            raise Refused(Why.MISSING)
        del self.tags[tag_id]
        for person_id in self.persons:
            self.remove_tags(person_id, [tag_id])

    def _check_name(self, name: str | None, whose: Person | None) -> None:
        if name is None:
            return
        if name in {each.name for each in self.persons.values() if each is not whose}:
            raise Refused(Why.NAME_TAKEN)

    def _take_thumbnails(self, person: Person, are_main: Sequence[bool]) -> None:
        if sum(are_main) > 1:
            raise Refused(Why.INVALID)
        taken = {one for each in self.persons.values() for one in each.thumbnail_ids}
        for is_main in are_main:
            thumbnail_id = next(each for each in self._thumbnail_ids if each not in taken)
            person.thumbnail_ids.append(thumbnail_id)
            person.primary_id = thumbnail_id if is_main else person.primary_id
        _keep_a_main_one(person)


def _keep_a_main_one(person: Person) -> None:
    """Make the first thumbnail the main one where there is none."""
    if person.primary_id not in person.thumbnail_ids:
        person.primary_id = next(iter(person.thumbnail_ids), None)
