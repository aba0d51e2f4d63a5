"""Plain geometry for tests of maps, written apart from the code it checks."""

from collections.abc import Iterator, Sequence

from casework.county import Point, Ring


def segments(ring: Ring) -> Iterator[tuple[Point, Point]]:
    """Every side, the closing one last."""
    return zip(ring, (*ring[1:], ring[0]), strict=True)


def covers(rings: Sequence[Ring], point: Point) -> bool:
    """Whether a line from the point to the left crosses the rings an odd number of times."""
    x, y = point
    crossings = 0
    for ring in rings:
        for (x1, y1), (x2, y2) in segments(ring):
            if min(y1, y2) <= y < max(y1, y2) and x1 + (y - y1) / (y2 - y1) * (x2 - x1) < x:
                crossings += 1
    return crossings % 2 == 1


def cross(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    """Whether two sides cross each other between their ends."""
    return _turn(*one, other[0]) * _turn(*one, other[1]) < 0 and _turn(*other, one[0]) * _turn(*other, one[1]) < 0


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
