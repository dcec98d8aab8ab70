"""The faults planned for each operation."""

import os
import random
from typing import Literal, Self

from attrs import define, field

from mediaintel_async.public import public_in
from mediaintel_async.simulator.fault import NONE, Fault
from mediaintel_async.simulator.fault_file import as_probability, as_times, read
from mediaintel_async.simulator.operations.catalogue import check_operation


@define(eq=False)
class _PlannedFault:
    fault: Fault
    times: float
    probability: float


@public_in("mediaintel_async.simulator")
@define(eq=False)
class Faults:
    """The faults planned for each operation; the first planned happens first."""

    seed: int = 0
    """Decides which requests meet the faults that have a probability. With the same seed, the same
    requests of an operation meet them, whatever other operations are called."""

    _planned: dict[str, list[_PlannedFault]] = field(factory=dict, init=False)
    _dice: dict[str, random.Random] = field(factory=dict, init=False)

    @classmethod
    def load(cls, path: "str | os.PathLike[str]") -> Self:
        """Read a TOML file of `[[fault]]` tables, which are planned in their order.

        Each table has `operation` and `kind`, the name of a fault; `times`, 1 by default, or
        "always"; `probability`, 1 by default; and the keys that its kind takes: `seconds`, `then`,
        `status`, `code`, `retry_after`, `retry_after_date`, `acts`, `body`, `content_type`,
        `location`, `blanks`, `levels`, `names`, `members`. A `seed` may stand above the tables.

        Raises:
            InvalidFaults: The file cannot be read, or a value is invalid; the message names file,
                table and key.
        """
        seed, planned = read(path)
        faults = cls(seed)
        for each in planned:
            faults.add(*each)
        return faults

    def add(
        self,
        operation: str,
        fault: Fault,
        times: float | Literal["always"] = 1,
        probability: float = 1.0,
    ) -> None:
        """Plan a fault for the next requests of an operation.

        Args:
            operation: An operation id, or "*" for every request that meets no fault of its own
                operation.
            fault: What goes wrong.
            times: For how many requests; "always" or `math.inf`: until `clear()`.
            probability: Above 0, up to 1. A request that escapes this fault may meet the next
                one planned.

        Raises:
            InvalidFaults: *operation* does not exist, or *times* or *probability* is out of
                range.
        """
        planned = _PlannedFault(
            fault, as_times("times", times), as_probability("probability", probability)
        )
        self._planned.setdefault(check_operation(operation), []).append(planned)

    def clear(self) -> None:
        """Forget every planned fault."""
        self._planned.clear()

    def take(self, operation: str) -> Fault:
        """Use up and return the fault that the next request of *operation* meets."""
        for key in (operation, "*"):
            for planned in self._planned.get(key, ()):
                if not self._hits(operation, planned.probability):
                    continue
                planned.times -= 1
                if planned.times <= 0:
                    self._planned[key].remove(planned)
                return planned.fault
        return NONE

    def _hits(self, operation: str, probability: float) -> bool:
        if probability >= 1:
            return True
        # One random generator per operation: requests of other operations must not change which
        # requests of this one meet a fault.
        dice = self._dice.get(operation)
        if dice is None:
            dice = random.Random(f"{self.seed} {operation}")  # noqa: S311 - not a secret
            self._dice[operation] = dice
        return dice.random() < probability
