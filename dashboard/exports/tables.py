"""Rows as files that spreadsheets open: CSV and XLSX, their Chinese intact, with real dates and no text that runs.

A cell that begins like a formula is text: who opened the file would else run what somebody wrote.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from io import TextIOWrapper
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final, cast

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils import get_column_letter

from casework.calendar import SHANGHAI

Cell = str | int | datetime | None

IN_MEMORY: Final = 8 << 20  # bytes; a longer file waits on the disk
CHUNK: Final = 64 << 10
SHEET_ROWS: Final = 1_000_000  # a sheet ends at 1,048,576
LONGEST_CELL: Final = 32_767  # characters, Excel's limit
SECONDS: Final = "yyyy-mm-dd hh:mm:ss"
_RUNS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")  # wide ones run, too


def csv_file(titles: Sequence[str], rows: Iterable[Sequence[Cell]]) -> SpooledTemporaryFile[bytes]:
    """Instants in Asia/Shanghai, to the second. What begins like a formula has a ' before it: spreadsheets take it for text."""
    packed: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - whoever asked reads and closes it
    file = TextIOWrapper(cast("BinaryIO", packed), encoding="utf-8-sig", newline="")
    writer = csv.writer(file)
    writer.writerow(titles)
    writer.writerows([_as_text(cell) for cell in row] for row in rows)
    file.flush()
    file.detach()
    packed.seek(0)
    return packed


def xlsx_file(
    name: str, titles: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[Cell]]
) -> SpooledTemporaryFile[bytes]:
    """Instants are dates in Asia/Shanghai; more rows than a sheet takes go on in another. `widths` in characters."""
    book = Workbook(write_only=True)
    sheet = _sheet(book, name, titles, widths)
    for number, row in enumerate(rows):
        if number and number % SHEET_ROWS == 0:
            sheet = _sheet(book, f"{name} {number // SHEET_ROWS + 1}", titles, widths)
        sheet.append([_cell(sheet, cell) for cell in row])
    packed: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
    book.save(packed)
    packed.seek(0)
    return packed


def _sheet(book: Workbook, name: str, titles: Sequence[str], widths: Sequence[int]) -> Any:
    sheet: Any = book.create_sheet(name)  # published without types for what is only written
    sheet.freeze_panes = "A2"
    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.append(list(titles))
    return sheet


def pieces(file: SpooledTemporaryFile[bytes]) -> Iterator[bytes]:
    """The file's bytes; it is closed, and gone, at the end."""
    with file:
        while piece := file.read(CHUNK):
            yield piece


def _as_text(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return f"{cell.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, str) and cell.startswith(_RUNS):
        return f"'{cell}"
    return "" if cell is None else str(cell)


def _cell(sheet: Any, cell: Cell) -> object:
    if isinstance(cell, datetime):
        told = WriteOnlyCell(sheet, cell.astimezone(SHANGHAI).replace(tzinfo=None))
        told.number_format = SECONDS
        return told
    if not isinstance(cell, str):
        return cell
    told = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", cell)[:LONGEST_CELL])
    told.data_type = "s"
    return told
