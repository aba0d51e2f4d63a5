"""How far a feed has come, as its events' sequence numbers tell: what the cursor and the acknowledgements follow."""

from typing import Final, NamedTuple

FALLEN_FOR_GOOD: Final = 16


class Progress(NamedTuple):
    """How far a connection has come: its highest sequence, and whether the numbers have fallen below it for good.

    Sequences rise, but a few may come out of order, and a source that was restored from a backup numbers again from below.
    `begun`: a new event has come; before that, repeated ones may raise the cursor but never lower it.
    After `FALLEN_FOR_GOOD` new events below the highest the numbering has begun again, and it is followed there: a cursor
    that stayed above would make the source skip what it sends next.
    """

    highest: int | None = None
    begun: bool = False
    below: int = -1
    fallen: int = 0

    def with_new(self, sequence: int) -> "Progress":
        if self.highest is None or sequence >= self.highest:
            return Progress(sequence, True)
        below = max(self.below, sequence)
        if self.fallen + 1 == FALLEN_FOR_GOOD:
            return Progress(below, True)
        return Progress(self.highest, self.begun, below, self.fallen + 1)

    def with_repeated(self, sequence: int) -> "Progress":
        """An event that is known already says nothing about the numbering unless it is ahead."""
        if self.highest is None or sequence > self.highest:
            return Progress(sequence, self.begun, self.below, self.fallen)
        return self


NOT_BEGUN: Final = Progress()
