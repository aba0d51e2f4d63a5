"""The queue's grid: columns and behaviour. Rows come in blocks; words, marks and times are put in by `assets/desk-cells.js`.

Its expressions (`deskTheme(…)`) name functions of that script; the grid reads them without evaluating any code.
"""

from typing import Any

from dash.development.base_component import Component
from dash_ag_grid import AgGrid

from casework.roles import Sight
from dashboard.components.queue_ask import BLOCK
from dashboard.words import Words, mark
from db.queries.queue import Column

GRID = "desk-grid"
ROW_HEIGHT = 40


def grid(sight: Sight, words: Words) -> Component:
    built: Component = AgGrid(
        id=GRID,
        rowModelType="infinite",
        columnDefs=columns(sight, words),
        defaultColDef={"resizable": True, "suppressMovable": True, "suppressHeaderMenuButton": True, "minWidth": 60},
        getRowId="params.data.key",
        className="desk-grid",
        style={"height": "100%", "width": "100%"},
        dashGridOptions={
            "theme": {"function": "deskTheme(themeQuartz)"},
            "localeText": {"function": "deskLocale()"},
            "cacheBlockSize": BLOCK,
            "maxConcurrentDatasourceRequests": 1,
            "maxBlocksInCache": 50,
            "infiniteInitialRowCount": 1,
            "rowHeight": ROW_HEIGHT,
            "headerHeight": 36,
            "suppressMultiSort": True,
            "suppressCellFocus": False,
            "suppressNoRowsOverlay": True,
            "suppressDragLeaveHidesColumns": True,
            "rowSelection": {
                "mode": "multiRow",
                "checkboxes": True,
                "headerCheckbox": False,
                "enableClickSelection": False,
            },
            "selectionColumnDef": {"width": 38, "minWidth": 38, "maxWidth": 38, "resizable": False},
            "rowClassRules": {
                "desk-current": "deskCurrent(params)",
                "desk-left": "deskLeft(params)",
                "desk-gone": "deskGone(params)",
            },
        },
    )
    return built


def columns(sight: Sight, words: Words) -> list[dict[str, Any]]:
    """A column is named by what a list may be ordered by, where it may be."""
    found = [
        _column(Column.COLOUR, words[mark("Case")], cellRenderer="DeskCase", flex=1, minWidth=190),
        _column(Column.FEED, words[mark("Source")], 76, "deskFeeds(params)"),
        _column(Column.TOWNSHIP, words[mark("Township")], 88, "deskTold(params, 'township')"),
        _column(Column.UNIT, words[mark("Unit")], 136, "deskTold(params, 'unit')"),
        _column(Column.STATUS, words[mark("Status")], 84, "deskStatus(params)"),
        _column(Column.DUE, words[mark("Time limit")], 122, cellRenderer="DeskDue", sort="asc"),
        _column(Column.CODE, words[mark("Code")], 76, "deskShort(params)", cellClass="desk-quiet figures"),
    ]
    if sight.persons:
        caller = {"colId": "caller", "headerName": words[mark("Caller")], "width": 152, "sortable": False}
        found.insert(
            -1, caller | {"valueFormatter": {"function": "deskTold(params, 'caller')"}, "cellClass": "figures"}
        )
    return found


def _column(
    column: Column, title: str, width: int | None = None, told: str | None = None, **more: object
) -> dict[str, Any]:
    given = {"width": width} if width is not None else {}
    if told is not None:
        given["valueFormatter"] = {"function": told}  # type: ignore[assignment]  # what a column definition says
    return {"colId": column.value, "headerName": title, "sortable": True, **given, **more}
