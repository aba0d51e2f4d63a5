"""HTML's `data-` and `aria-` attributes, which Dash takes but does not name."""

from typing import Any


def attributes(**values: str) -> dict[str, Any]:
    """`attributes(data_colour="red")` is `{"data-colour": "red"}`."""
    return {name.replace("_", "-"): value for name, value in values.items()}
