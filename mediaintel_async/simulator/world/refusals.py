"""Why the stand-in service refuses."""

from enum import Enum, auto


class Why(Enum):
    """Why the service refuses."""

    MISSING = auto()
    INVALID = auto()
    FOLDER = auto()
    NOT_IMPORTED = auto()
    INDEX_GOING = auto()
    SUMMARY_GOING = auto()
    INDEX_DURING_SUMMARY = auto()
    NO_FINISHED_INDEX = auto()
    NO_FULL_SUMMARY = auto()
    INDEX_NOT_GOING = auto()
    SUMMARY_NOT_GOING = auto()
    DELETE_WHILE_GOING = auto()
    NOT_COMPLETED = auto()
    LAST_THUMBNAIL = auto()
    NAME_TAKEN = auto()
    NO_ROOM = auto()
    BASE_PROJECT = auto()
    WORKSPACE_BUSY = auto()


class Refused(Exception):
    """The service's rules do not allow what was asked."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.name)
        self.why = why
