"""Figures and how they are told: percentiles, and a table of one column for each database. Knows nothing of what is measured."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

HERE = "of this machine, this run"
LABEL_WIDTH = 44
VALUE_WIDTH = 28
PERCENTILES = (50, 95, 99)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing. `absolute` ones say something of this machine; the others can be carried elsewhere."""

    label: str
    value: str
    target: str = ""
    absolute: bool = False


def percentile(values: Sequence[float], per_cent: float) -> float:
    """The nearest rank: a value that was really seen."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * per_cent / 100) - 1)]


def spread(values: Sequence[float], places: int = 0) -> str:
    """Minimum, median and maximum."""
    return " / ".join(f"{value:,.{places}f}" for value in (min(values), median(values), max(values)))


def delays(label: str, seconds: Sequence[float], targets: Mapping[int, str]) -> list[Figure]:
    """p50, p95, p99 and maximum in milliseconds; `targets` by percentile."""
    found = [
        Figure(f"{label} p{each}", f"{percentile(seconds, each) * 1000:,.1f} ms", targets.get(each, ""))
        for each in PERCENTILES
    ]
    return [*found, Figure(f"{label} max", f"{max(seconds) * 1000:,.1f} ms")]


def table(title: str, columns: Mapping[str, Sequence[Figure]]) -> str:
    """A part's figures, those that can be compared between machines first."""
    lines = ["", title, _row("", *columns, "target")]
    for absolute in (False, True):
        rows = _rows(columns, absolute=absolute)
        if rows and absolute:
            lines.append(f"  {HERE}:")
        lines.extend(rows)
    return "\n".join(lines)


def _rows(columns: Mapping[str, Sequence[Figure]], *, absolute: bool) -> list[str]:
    values: dict[str, dict[str, Figure]] = {}
    for name, figures in columns.items():
        for figure in figures:
            if figure.absolute is absolute:
                values.setdefault(figure.label, {})[name] = figure
    return [_figures_row(label, found, list(columns)) for label, found in values.items()]


def _figures_row(label: str, found: Mapping[str, Figure], columns: Sequence[str]) -> str:
    told = [found[name].value if name in found else "" for name in columns]
    target = next(iter(found.values())).target
    return _row(label, *told, target)


def _row(label: str, *cells: str) -> str:
    return (f"    {label:<{LABEL_WIDTH}}" + "".join(f"{cell:>{VALUE_WIDTH}}" for cell in cells)).rstrip()
