"""One of the big numbers at the top of a wall: what it counts, the number, and the line that explains it."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes


def figure(key: str, label: str, *, share: str = "") -> Component:
    """`share` is the code of a risk colour whose part of the number the note begins with. Script fills `KEY-value`, `KEY-unit`,
    `KEY-note`, and `KEY-COLOUR` with that part."""
    return html.Div(
        [
            html.Div(label, className="figure-label"),
            html.Div(
                [
                    html.Span("—", id=f"{key}-value"),
                    html.Span(id=f"{key}-unit", className="figure-unit"),
                ],
                className="figure-value",
            ),
            html.Div([*_share(key, share), html.Span(id=f"{key}-note")], className="figure-note"),
        ],
        id=key,
        className="figure",
    )


def _share(key: str, colour: str) -> list[Component]:
    if not colour:
        return []
    mark = html.Span(className="mark", **attributes(data_colour=colour, aria_hidden="true"))
    return [
        html.Span([mark, html.Span(id=f"{key}-{colour}")], className="figure-share", **attributes(data_colour=colour))
    ]
