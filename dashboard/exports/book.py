"""Tables as an Excel workbook: real numbers and dates, a frozen header that filters, widths for Chinese, ready to print.

It must not know what the tables are about. A text is never a formula, whatever it begins with.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from fractions import Fraction
from functools import cache
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import Any, Final, NamedTuple
from unicodedata import east_asian_width
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel
from openpyxl.xml.constants import ARC_CORE
from openpyxl.xml.functions import tostring

from casework.calendar import SHANGHAI
from dashboard.exports.tables import IN_MEMORY, LONGEST_CELL

Value = str | int | float | Fraction | datetime | date | None


class Kind(StrEnum):
    """What a number is, which says how it is written; the values are Excel's formats."""

    TEXT = "General"
    COUNT = "#,##0"
    SHARE = "0.0%"
    GROWTH = "+0.0%;-0.0%;0.0%"
    TENTHS = "#,##0.0"
    HUNDREDTHS = "0.00"
    CHANGE = "+0.0;-0.0;0.0"
    RANKS = "+0;-0;0"
    INSTANT = "yyyy-mm-dd hh:mm"
    DAY = "yyyy-mm-dd"


class As(NamedTuple):
    """A value of another kind than its column's."""

    kind: Kind
    value: Value


class Column(NamedTuple):
    """`widest`: in half-width characters; a longer text is broken into lines."""

    title: str
    kind: Kind = Kind.TEXT
    widest: int = 48


class Table(NamedTuple):
    """One sheet. `fixed`: how many columns stay when one scrolls to the right."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value | As]]
    fixed: int = 1
    filters: bool = True


class Running(NamedTuple):
    """What every printed page says above (left and right) and below (left); its number is added."""

    left: str
    right: str
    below: str


A4: Final = "9"
HEADER_ROW: Final = 1
SAMPLE: Final = 200  # rows of a long table that say how wide its columns are
ROWS_AT_ONCE: Final = 500
LONGEST_RUNNING: Final = 80  # characters of a part of a header; Excel takes 255 in all
WIDTHS: Final = {Kind.INSTANT: 17, Kind.DAY: 11}
LEAST_WIDTH: Final = 7
_HEAD: Final = {
    "font": Font(bold=True),
    "fill": PatternFill("solid", fgColor="E9EEF4"),
    "alignment": Alignment(horizontal="center", vertical="center", wrap_text=True),
    "border": Border(bottom=Side("thin", color="7D8D9B")),
}
_BROKEN: Final = Alignment(vertical="top", wrap_text=True)
_SHEET_END: Final = b"</sheetData>"
_UNFIT: Final = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]"
)
"""What XML can't hold, further controls, and marks that turn the reading direction around."""


def book(
    tables: Sequence[Table], running: Running, title: str, author: str, at: datetime
) -> SpooledTemporaryFile[bytes]:
    """The workbook; the same arguments give the same bytes. `title`, `author` and `at` are its properties.

    The library makes all but the rows: it takes 10 µs for a cell, a week of a large county has half a million, and it writes
    sixteen digits of a number that needs seventeen.
    """
    workbook = Workbook(write_only=True)
    told = workbook.properties
    told.title, told.creator = _text(title), _text(author)
    told.created = at.astimezone(UTC).replace(tzinfo=None)
    for table in tables:
        _begin(workbook, table, running)
    styles = {kind: _style(workbook, kind) for kind in Kind}
    drawn = BytesIO()
    workbook.save(drawn)
    told.modified = told.created  # saving told this machine's time
    return _packed(
        drawn,
        {f"xl/worksheets/sheet{number}.xml": table for number, table in enumerate(tables, 1)},
        styles,
        tostring(told.to_tree()),
    )


def _begin(workbook: Workbook, table: Table, running: Running) -> None:
    """A sheet with its header and without its rows."""
    sheet: Any = workbook.create_sheet(table.name)  # published without types for what is only written
    _set_page(sheet, table, running)
    sheet.append([_head(sheet, column.title) for column in table.columns])


def _style(workbook: Workbook, kind: Kind) -> int:
    """The number of a kind's style in the workbook."""
    cell: Any = WriteOnlyCell(workbook.worksheets[0])
    cell.number_format = kind.value
    if kind is Kind.TEXT:
        cell.alignment = _BROKEN
    return int(cell.style_id)


def _set_page(sheet: Any, table: Table, running: Running) -> None:
    """Frozen, filtered, as wide as what is in it, and printed on A4 across, its header row on each page."""
    last = get_column_letter(len(table.columns))
    sheet.freeze_panes = f"{get_column_letter(table.fixed + 1)}{HEADER_ROW + 1}"
    if table.filters:
        sheet.auto_filter.ref = f"A{HEADER_ROW}:{last}{HEADER_ROW + len(table.rows)}"
    for number, column in enumerate(table.columns):
        width = _width(column, [row[number] for row in table.rows[:SAMPLE]])
        sheet.column_dimensions[get_column_letter(number + 1)].width = width
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    sheet.oddHeader.left.text, sheet.oddHeader.right.text = _running(running.left), _running(running.right)
    sheet.oddFooter.left.text = _running(running.below)
    sheet.oddFooter.right.text = "&P / &N"


def _running(text: str) -> str:
    """`&` begins a command in headers and footers."""
    return _text(text)[:LONGEST_RUNNING].replace("&", "&&")


def _width(column: Column, values: Sequence[Value | As]) -> float:
    """In characters, a Chinese one counting twice: room for the longest text, and for the title on two lines."""
    texts = [
        value for value in (each.value if isinstance(each, As) else each for each in values) if isinstance(value, str)
    ]
    widest = max([(_columns_of(column.title) + 1) // 2 + 2, *map(_columns_of, texts)])
    kinds = {column.kind, *(value.kind for value in values if isinstance(value, As))}
    least = max(LEAST_WIDTH, *(WIDTHS.get(kind, 0) for kind in kinds))
    return max(least, min(column.widest, widest + 2))


def _columns_of(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _head(sheet: Any, title: str) -> Any:
    cell: Any = WriteOnlyCell(sheet, title)
    cell.data_type = "s"
    for name, style in _HEAD.items():
        setattr(cell, name, style)
    return cell


def _plain(value: Value) -> str | int | float | datetime | date | None:
    """As Excel holds it: an instant is China's, a share the nearest float."""
    match value:
        case str():
            return _text(value)[:LONGEST_CELL]
        case Fraction():
            return float(value)
        case datetime():
            return value.astimezone(SHANGHAI).replace(tzinfo=None)
        case _:
            return value


def _text(text: str) -> str:
    """Without what no XML can hold."""
    return _UNFIT.sub("", text)


def _packed(
    drawn: BytesIO, tables: Mapping[str, Table], styles: Mapping[Kind, int], properties: bytes
) -> SpooledTemporaryFile[bytes]:
    """The parts again, each sheet with its rows, and no time of this machine's."""
    packed: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - whoever asked reads and closes it
    with ZipFile(drawn) as source, ZipFile(packed, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = properties if name == ARC_CORE else source.read(name)
            with target.open(_entry(name), "w") as file:
                file.writelines(_with_rows(part, tables.get(name), styles))
    packed.seek(0)
    return packed


def _with_rows(part: bytes, table: Table | None, styles: Mapping[Kind, int]) -> Iterator[bytes]:
    """The part, the table's rows below its header."""
    if table is None:
        yield part
        return
    before, _, after = part.partition(_SHEET_END)
    yield before
    for begin in range(0, len(table.rows), ROWS_AT_ONCE):
        rows = enumerate(table.rows[begin : begin + ROWS_AT_ONCE], begin + HEADER_ROW + 1)
        yield "".join(_row(number, row, table.columns, styles) for number, row in rows).encode()
    yield _SHEET_END + after


def _row(number: int, row: Sequence[Value | As], columns: Sequence[Column], styles: Mapping[Kind, int]) -> str:
    """A row as it stands in a sheet (ECMA-376, part 1, 18.3.1.73)."""
    cells = []
    for letter, column, told in zip(_letters(len(columns)), columns, row, strict=True):
        kind, value = told if isinstance(told, As) else (column.kind, told)
        if value is not None:
            cells.append(_cell(f"{letter}{number}", styles[kind], _plain(value)))
    return f'<row r="{number}">{"".join(cells)}</row>'


@cache
def _letters(columns: int) -> tuple[str, ...]:
    return tuple(get_column_letter(number + 1) for number in range(columns))


def _cell(place: str, style: int, value: object) -> str:
    if isinstance(value, str):
        return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    number = to_excel(value) if isinstance(value, date) else value  # type: ignore[no-untyped-call]  # published half typed
    return f'<c r="{place}" s="{style}"><v>{number!r}</v></c>'


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    return entry
