"""The colours can be read."""

import math
import re
from itertools import combinations, product
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


SCENES = (Path(__file__).parents[2] / "assets" / "wall-scenes.css").read_text(encoding="utf-8")
LEVELS = re.findall(r"\.map-place\[data-level=\"(\d)\"\] \{\s*fill: color-mix\(in srgb, var\(--(\w+)\) (\d+)%", SCENES)


def mixed(one: str, other: str, share: float) -> str:
    """As CSS mixes in sRGB."""
    channels = [(int(one[start : start + 2], 16), int(other[start : start + 2], 16)) for start in (1, 3, 5)]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in channels)


def test_names_can_be_read_on_every_step_of_the_map() -> None:
    colours = tokens("dark")
    assert len(LEVELS) == 5
    for level, base, share in LEVELS:
        words = colours["ground" if level in "45" else "text"]
        assert contrast(words, mixed(colours[base], colours["surface"], int(share) / 100)) >= READABLE


# How colours look to an eye without one kind of cone, in linear RGB (Machado, Oliveira and Fernandes 2009, severity 1).
EYES = {
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
TOLD_APART = 10.0  # CIE 1976; about four times what a trained eye can just tell, for marks beside each other


def seen(colour: str, eye: str) -> tuple[float, float, float]:
    """The colour in CIE L*a*b* as that eye sees it."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    red, green, blue = (
        min(1.0, max(0.0, sum(weight * value for weight, value in zip(row, linear, strict=True)))) for row in EYES[eye]
    )
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize(("theme", "eye"), list(product(("dark", "light"), EYES)))
def test_risk_colours_differ_to_eyes_that_see_fewer(theme: str, eye: str) -> None:
    colours = tokens(theme)
    for one, other in combinations(("blue", "yellow", "orange", "red"), 2):
        apart = math.dist(seen(colours[one], eye), seen(colours[other], eye))
        assert apart >= TOLD_APART, (one, other, apart)
