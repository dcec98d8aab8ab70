"""Why the simulated service refuses a request."""

from enum import Enum, auto


class Reason(Enum):
    """The rule of the service that a request breaks."""

    MISSING = auto()
    INVALID = auto()
    FOLDER = auto()
    NOT_IMPORTED = auto()
    INDEX_IN_PROGRESS = auto()
    SUMMARY_IN_PROGRESS = auto()
    INDEX_DURING_SUMMARY = auto()
    NO_FINISHED_INDEX = auto()
    NO_FULL_SUMMARY = auto()
    INDEX_NOT_IN_PROGRESS = auto()
    SUMMARY_NOT_IN_PROGRESS = auto()
    DELETE_DURING_RUN = auto()
    NOT_COMPLETED = auto()
    LAST_THUMBNAIL = auto()
    NAME_TAKEN = auto()
    NO_ROOM = auto()
    BASE_PROJECT = auto()
    WORKSPACE_BUSY = auto()


class Refused(Exception):
    """The service refuses the request; `reason` says which rule it breaks."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.name)
        self.reason = reason
