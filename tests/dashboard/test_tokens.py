"""The colours can be read."""

import re
from itertools import product
from pathlib import Path

import pytest

TOKENS = (Path(__file__).parents[2] / "assets" / "tokens.css").read_text(encoding="utf-8")
READABLE = 4.5  # WCAG 2 AA, text of any size
WORDS = (
    "text",
    "text-2",
    "text-3",
    "accent",
    "blue",
    "yellow",
    "orange",
    "red",
    "well",
)


def tokens(theme: str) -> dict[str, str]:
    block = re.search(rf'\[data-theme="{theme}"\] \{{(.*?)\}}', TOKENS, re.DOTALL)
    assert block is not None
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block.group(1)))


def luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_the_standard_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("theme", "word", "ground"),
    list(product(("dark", "light"), WORDS, ("ground", "surface"))),
)
def test_every_word_can_be_read_on_every_ground(theme: str, word: str, ground: str) -> None:
    colours = tokens(theme)
    assert contrast(colours[word], colours[ground]) >= READABLE


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_banner_can_be_read(theme: str) -> None:
    colours = tokens(theme)
    assert contrast(colours["on-warning"], colours["yellow"]) >= READABLE


def test_both_themes_name_the_same_colours() -> None:
    assert tokens("dark").keys() == tokens("light").keys()


def test_no_other_stylesheet_names_a_colour() -> None:
    sheets = Path(__file__).parents[2].joinpath("assets").glob("*.css")
    for sheet in sheets:
        if sheet.name != "tokens.css":
            assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", sheet.read_text(encoding="utf-8")) == []
