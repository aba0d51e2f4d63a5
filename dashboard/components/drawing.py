"""Components as a small script draws them (`assets/drawing.js`): Dash takes seconds to put up thousands, a browser milliseconds.

They are built and compared like all others; what a source or a person wrote stays text, for the script makes no HTML of it.
"""

from collections.abc import Iterable
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

Node = str | list[Any]
"""A text, or `[tag, attributes, children]`."""

_NAMES = {"className": "class", "htmlFor": "for", "tabIndex": "tabindex", "colSpan": "colspan", "rowSpan": "rowspan"}


def nodes(parts: Iterable[Component | str | None]) -> list[Node]:
    """In order, without those that are not there. Raises `TypeError` for a component that is no element."""
    return [node(part) for part in parts if part is not None]


def node(part: Component | str) -> Node:
    if isinstance(part, str):
        return part
    told = part.to_plotly_json()  # type: ignore[no-untyped-call]
    props = dict(told["props"])
    children = props.pop("children", None)
    within = children if isinstance(children, list | tuple) else [children]
    return [_tag(part), _attributes(props), nodes(within)]


def _tag(part: Component) -> str:
    """A link of Dash's own is an `a` that stays within the application."""
    if isinstance(part, dcc.Link):
        return "a"
    if type(part).__module__.startswith(html.__name__):
        return type(part).__name__.lower()
    raise TypeError(f"{type(part).__name__} is drawn by Dash alone")


def _attributes(props: dict[str, Any]) -> dict[str, Any]:
    """Told as HTML names them; `style` stays a mapping of CSS properties, what is not set is left out."""
    return {_NAMES.get(name, name): value for name, value in props.items() if value is not None and value is not False}
