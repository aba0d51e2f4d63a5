"""Instants in order, so that how many have passed is a bisection, whatever the clock says."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

FEW: Final = 64
_INSTANT: Final = timedelta(microseconds=1)

# An instant, a case's id, and the number of one of its spans or 0.
Mark = tuple[datetime, int, int]


class Line:
    """Instants in order, each with the id of what it belongs to."""

    def __init__(self) -> None:
        self._marks: list[Mark] = []
        self._new: list[Mark] = []

    def add(self, mark: Mark) -> None:
        self._new.append(mark)

    def remove(self, mark: Mark) -> None:
        marks = self._settled()
        del marks[bisect_left(marks, mark)]

    def before(self, at: datetime) -> int:
        """How many lie before an instant."""
        return bisect_left(self._settled(), (at,))

    def through(self, at: datetime) -> int:
        """How many lie before an instant or at it."""
        return bisect_right(self._settled(), (at + _INSTANT,))

    def between(self, start: datetime, end: datetime) -> int:
        """How many lie from `start` to `end`, both included."""
        return self.through(end) - self.before(start)

    def after(self, at: datetime) -> Mark | None:
        """The first that lies after an instant."""
        place = self.through(at)
        marks = self._settled()
        return marks[place] if place < len(marks) else None

    def earliest(self, most: int, at: datetime) -> list[Mark]:
        """The first ones, of those before an instant."""
        return self._settled()[: min(most, self.before(at))]

    def within(self, most: int, start: datetime, end: datetime) -> list[Mark]:
        """The first ones from `start` to `end`, both included."""
        place = self.before(start)
        return self._settled()[place : min(place + most, self.through(end))]

    def before_turning(self, at: datetime, turned: Callable[[datetime], bool]) -> int:
        """How many of those before an instant have turned; what has, comes before what has not."""
        return bisect_left(self._settled(), True, 0, self.before(at), key=lambda mark: not turned(mark[0]))

    def latest(self, most: int, at: datetime) -> list[Mark]:
        """The last ones up to an instant, newest first."""
        place = self.through(at)
        return self._settled()[max(0, place - most) : place][::-1]

    def _settled(self) -> list[Mark]:
        """The marks with the new ones in their places; many at once are sorted in."""
        if self._new:
            if len(self._new) > FEW:
                self._marks += self._new
                self._marks.sort()
            else:
                for mark in self._new:
                    insort(self._marks, mark)
            self._new.clear()
        return self._marks
