"""A titled part of a wall: a heading with what it is true for beside it, and room below. No box around it."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component


def panel(
    key: str, title: str, content: Sequence[Component], *, kind: str = "", beside: Sequence[Component] = ()
) -> Component:
    """`beside` stands next to the title. Script fills `KEY-aside`, at the other end of the head, with the instant the panel is
    true for."""
    return html.Section(
        [
            html.Header(
                [html.H2(title), *beside, html.Div(id=f"{key}-aside", className="aside")],
                className="panel-head",
            ),
            *content,
        ],
        id=key,
        className=f"panel {kind}".strip(),
    )


def listing(key: str, *, kind: str) -> Component:
    """An empty list the script keeps by key; Dash never draws its rows."""
    return html.Div(id=f"{key}-list", className=kind, role="list")
