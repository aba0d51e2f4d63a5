"""The lists of the pages of operations and audit: plain text in the office's grid, sorted and marked in the browser."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from dash import html
from dash.development.base_component import Component
from dash_ag_grid import AgGrid

from dashboard.words import Words, mark


class Column(NamedTuple):
    """`title`: a message id. Without a `width` (pixels) it takes what is left; figures are set in columns."""

    field: str
    title: str
    width: int | None = None
    figures: bool = False


def grid(
    name: str, columns: Sequence[Column], words: Words, *, height: str, empty: str, many: bool | None = None
) -> Component:
    """A list whose rows have an `id`; `empty`: what is told below its titles without any. `many`: whether several rows may be
    marked at once, None for a list nobody marks anything in."""
    marking = {} if many is None else {"rowSelection": _marking(many), "selectionColumnDef": _MARKS}
    rows = AgGrid(
        id=name,
        columnDefs=[_column(column, words) for column in columns],
        rowData=[],
        getRowId="params.data.id",
        defaultColDef={
            "resizable": True,
            "suppressMovable": True,
            "suppressHeaderMenuButton": True,
            "sortable": True,
            "cellDataType": False,
        },
        className="ops-grid",
        style={"height": height, "width": "100%"},
        dashGridOptions={
            "theme": {"function": "deskTheme(themeQuartz)"},
            "localeText": {name: words[told] for name, told in _SAID.items()},
            "suppressNoRowsOverlay": True,
            "rowHeight": 34,
            "headerHeight": 34,
            "suppressMultiSort": True,
            "enableCellTextSelection": True,
            **marking,
        },
    )
    return html.Div([rows, html.P(words[empty], className="ops-none")], className="ops-list")


_MARKS = {"width": 38, "minWidth": 38, "maxWidth": 38, "resizable": False, "sortable": False}
_SAID = {
    "ariaRowToggleSelection": mark("Press Space to mark this row"),
    "ariaRowSelect": mark("Press Space to mark this row"),
    "ariaRowDeselect": mark("Press Space to take the mark away"),
    "ariaChecked": mark("marked"),
    "ariaUnchecked": mark("not marked"),
    "ariaSortableColumn": mark("Press Enter to sort"),
}


def _marking(many: bool) -> dict[str, Any]:
    return {
        "mode": "multiRow" if many else "singleRow",
        "checkboxes": True,
        "enableClickSelection": True,
        **({"headerCheckbox": True, "enableSelectionWithoutKeys": True} if many else {}),
    }


def _column(column: Column, words: Words) -> dict[str, Any]:
    wide = {"flex": 1, "minWidth": 160, "wrapText": True, "autoHeight": True}
    sized: dict[str, Any] = {"width": column.width} if column.width is not None else wide
    dressed = {"cellClass": "figures"} if column.figures else {}
    return {"field": column.field, "headerName": words[column.title], **sized, **dressed}
