"""One of the big numbers at the top of a wall: what it counts, the number, and the line that explains it."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes


def figure(key: str, label: str, *, shape: str = "", unit: str = "") -> Component:
    """`shape` is a colour's code whose mark stands before the label. Script fills `KEY-value` and `KEY-note`."""
    mark = [html.Span(className="mark", **attributes(data_colour=shape, aria_hidden="true"))] if shape else []
    return html.Div(
        [
            html.Div([*mark, html.Span(label)], className="figure-label"),
            html.Div(
                [
                    html.Span("—", id=f"{key}-value"),
                    html.Span(unit, id=f"{key}-unit", className="figure-unit"),
                ],
                className="figure-value",
            ),
            html.Div(id=f"{key}-note", className="figure-note"),
        ],
        id=key,
        className=f"figure figure-{shape}" if shape else "figure",
    )
