"""Settings come from the environment over the file, and a wrong one is named."""

from pathlib import Path

import pytest

from casework.errors import RuleError
from casework.vocabulary import Feed
from config.rules import load_codes, load_rules
from config.settings import SettingError, Settings, load_settings, strangers
from tests.records import CONFIG

README = CONFIG.parent / "README.md"


def test_the_file_gives_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().feeds.of(Feed.GRID).url == "ws://127.0.0.1:8103"
    monkeypatch.setenv("BIHUAN_FEEDS__GRID__URL", "wss://grid.example/")
    monkeypatch.setenv("BIHUAN_DATABASE_URL", "postgresql://127.0.0.1/x")
    settings = load_settings()
    assert settings.feeds.of(Feed.GRID).url == "wss://grid.example/"
    assert settings.feeds.of(Feed.GRID).mode == "dial"
    assert settings.database_url == "postgresql://127.0.0.1/x"


@pytest.mark.parametrize("digits", ["", "abc", "0" * 63, "0" * 65, "G" * 64])
def test_a_hash_that_no_token_can_have_is_refused(monkeypatch: pytest.MonkeyPatch, digits: str) -> None:
    monkeypatch.setenv("BIHUAN_FEEDS__GRID__TOKEN", f"sha256:{digits}")
    with pytest.raises(SettingError, match=r"^BIHUAN_FEEDS__GRID: .*64 hex digits"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BIHUAN_FEEDS__POLICE110__MODE", "call"),
        ("BIHUAN_WEB__PORT", "eighty"),
        ("BIHUAN_KEEP_RAW_DAYS", "-1"),
        ("BIHUAN_WEB__WALL_ACCESS", "open"),
        ("BIHUAN_FEEDS__GRID__COLOUR", "red"),
    ],
)
def test_a_wrong_setting_is_named_as_the_environment_writes_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError, match=f"^{name}: "):
        load_settings()


def test_another_folder_can_be_the_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bihuan.toml").write_text("keep_raw_days = 7\n")
    monkeypatch.setenv("BIHUAN_CONFIG", str(tmp_path))
    settings = load_settings()
    assert (settings.keep_raw_days, settings.config) == (7, tmp_path)


def test_a_file_that_is_no_toml_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bihuan.toml").write_text("= 7\n")
    monkeypatch.setenv("BIHUAN_CONFIG", str(tmp_path))
    with pytest.raises(SettingError, match=r"bihuan\.toml"):
        load_settings()


def test_a_misspelt_variable_is_noticed() -> None:
    environment = {"BIHUAN_DATABASE_URI": "x", "BIHUAN_FEEDS__GRID__URL": "y", "BIHUAN_VAULT_KEY": "z", "HOME": "/"}
    assert strangers(environment) == ["BIHUAN_DATABASE_URI"]


def test_secrets_do_not_show_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIHUAN_VAULT_KEY", "very-secret-key")
    monkeypatch.setenv("BIHUAN_FEEDS__GRID__TOKEN", "very-secret-token")
    assert "very-secret" not in repr(load_settings())


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_in_the_readme(name: str) -> None:
    assert f"BIHUAN_{name.upper()}" in README.read_text(encoding="utf-8")


def test_the_rules_in_force_can_be_read() -> None:
    rules = load_rules(CONFIG)
    assert rules.clocks.newest.version == rules.risk.newest.version == rules.ladder.newest.version == "2026-1"
    assert rules.source_wins == {Feed.HOTLINE12345}


@pytest.mark.parametrize(
    ("file", "line", "sentence"),
    [
        ("rules/clocks.toml", "critical = { weeks = 15 }\n[sign]\n", "clocks.toml"),
        ("rules/risk.toml", "version = 5\n", "risk.toml:1: version: expected text"),
        (
            "feeds/grid.toml",
            '[stage]\n"处置中" = "somewhere"\n',
            "grid.toml:2: stage.处置中: 'somewhere' is none of received",
        ),
    ],
)
def test_a_wrong_rule_is_named_by_file_and_field(tmp_path: Path, file: str, line: str, sentence: str) -> None:
    for source in CONFIG.rglob("*.toml"):
        target = tmp_path / source.relative_to(CONFIG)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / file).write_text(line, encoding="utf-8")
    with pytest.raises(RuleError, match=sentence):
        read_all(tmp_path)


def read_all(folder: Path) -> None:
    load_codes(folder, Feed.GRID, {})
    load_rules(folder)
