"""Rows of a CSV or XLSX file, one after the other, however large it is."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import openpyxl

from feeds.errors import BadMapping
from feeds.mapping import TableRow


def table_rows(path: Path, encoding: str, sheet: str) -> Iterator[tuple[int, TableRow]]:
    """Row number as a person sees it (the heading is 1) and cells by heading; raises `BadMapping` for other files."""
    kind = "".join(path.suffixes[-2:]).lower()
    if kind.endswith(".xlsx"):
        yield from _xlsx_rows(path, sheet)
    elif kind.endswith((".csv", ".csv.gz")):
        yield from _csv_rows(path, encoding)
    else:
        raise BadMapping(f"{path.name}: expected a .csv, .csv.gz or .xlsx file")


def _csv_rows(path: Path, encoding: str) -> Iterator[tuple[int, TableRow]]:
    csv.field_size_limit(2**24)
    with _text(path, encoding) as text:
        for number, row in enumerate(csv.DictReader(text), 2):
            row.pop(None, None)
            yield number, row


def _text(path: Path, encoding: str) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding=encoding, errors="replace", newline="")
    return path.open("r", encoding=encoding, errors="replace", newline="")


def _xlsx_rows(path: Path, sheet: str) -> Iterator[tuple[int, TableRow]]:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        chosen = book[sheet] if sheet else book.worksheets[0]
        rows = chosen.iter_rows(values_only=True)
        heading = [str(cell or "").strip() for cell in next(rows, ())]
        for number, cells in enumerate(rows, 2):
            if any(cell is not None for cell in cells):
                yield number, dict(zip(heading, cells, strict=False))  # type: ignore[arg-type]
    except KeyError:
        raise BadMapping(f"{path.name}: no sheet named {sheet}") from None
    finally:
        book.close()
