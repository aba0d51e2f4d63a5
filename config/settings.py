"""All settings, from the environment over `bihuan.toml`; read by run.py alone, which hands the values down.

A wrong setting raises `SettingError`, whose one sentence names it as the environment writes it.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from casework.vocabulary import Feed

PREFIX: Final = "BIHUAN_"
DATABASE_URL: Final = "BIHUAN_DATABASE_URL"
HASHED: Final = "sha256:"
_HEX: Final = re.compile("[0-9a-f]{64}")
DEFAULT_FOLDER: Final = Path(__file__).parent


class SettingError(Exception):
    """A setting that can't be used."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FeedSettings(_Section):
    mode: Literal["dial", "listen"] = "dial"
    """dial: the centre connects to `url`. listen: the source connects to the centre's /feeds/FEED."""
    url: str = ""
    """Where to dial, ws:// or wss://."""
    token: SecretStr = SecretStr("")
    """The bearer token: presented when dialling, demanded when listening (there also as sha256:HEX)."""
    silent_after_seconds: float = Field(default=1200, gt=0)
    """The least silence worth telling; a feed that is usually quieter is given longer."""
    lag_after_seconds: float = Field(default=300, gt=0)
    """How far an event's own time may be behind its arrival."""

    @model_validator(mode="after")
    def _hashed(self) -> Self:
        token = self.token.get_secret_value()
        if token.startswith(HASHED) and not _HEX.fullmatch(token, len(HASHED)):
            raise ValueError(f"token: after {HASHED} 64 hex digits are expected, as run.py feed-token writes them")
        return self

    @property
    def silent_after(self) -> timedelta:
        return timedelta(seconds=self.silent_after_seconds)

    @property
    def lag_after(self) -> timedelta:
        return timedelta(seconds=self.lag_after_seconds)


class FeedsSettings(_Section):
    police110: FeedSettings = FeedSettings()
    hotline12345: FeedSettings = FeedSettings()
    grid: FeedSettings = FeedSettings()

    def of(self, feed: Feed) -> FeedSettings:
        found: FeedSettings = getattr(self, feed.value)
        return found


class WebSettings(_Section):
    host: str = "127.0.0.1"
    """The address the dashboard listens on."""
    port: int = Field(default=8050, ge=0, le=65535)
    """Its port."""
    wall_access: Literal["local", "link"] = "local"
    """local: a browser on this machine may open the wall. link: every wall needs a device link (use it behind a proxy)."""
    metrics_token: SecretStr = SecretStr("")
    """The bearer token /metrics asks for when the asker is not on this machine; empty: others are refused."""


class OidcSettings(_Section):
    issuer: str = ""
    """The identity provider people may sign in with (OpenID Connect), as it names itself; empty: passwords only."""
    client_id: str = ""
    """How this centre is known there."""
    client_secret: SecretStr = SecretStr("")
    """The secret it was given there."""
    redirect_url: str = ""
    """The public address of this centre's /sign-in/provider/back, as it is registered there."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.issuer and not (self.client_id and self.redirect_url):
            raise ValueError("client_id and redirect_url are needed beside the issuer")
        return self


class ListenSettings(_Section):
    host: str = "127.0.0.1"
    """The address sources in mode listen connect to."""
    port: int = Field(default=8100, ge=0, le=65535)
    """Its port."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, env_ignore_empty=True
    )

    config: Path = DEFAULT_FOLDER
    """The configuration folder: county, rules, code maps, mappings."""
    database_url: str = "sqlite:///var/bihuan.db"
    """sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME."""
    vault_key: SecretStr = SecretStr("")
    """32 random bytes in urlsafe base64 that seal personal data; empty: a key file is made beside the database."""
    vault_old_keys: SecretStr = SecretStr("")
    """Keys used before, separated by commas; they open, but never seal."""
    keep_raw_days: float = Field(default=180, gt=0)
    """How long raw messages are kept."""
    web: WebSettings = WebSettings()
    oidc: OidcSettings = OidcSettings()
    listen: ListenSettings = ListenSettings()
    feeds: FeedsSettings = FeedsSettings()

    @property
    def keep_raw(self) -> timedelta:
        return timedelta(days=self.keep_raw_days)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        folder = Path(os.environ.get(f"{PREFIX}CONFIG") or DEFAULT_FOLDER)
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, folder / "bihuan.toml")


def load_settings(**overrides: Any) -> Settings:
    """The settings in force; raises `SettingError` naming the first one that is wrong."""
    if (
        os.environ.get(DATABASE_URL) == ""
    ):  # an unset variable of somebody's script would move a county to an empty file
        raise SettingError(
            f"{DATABASE_URL} is empty: give it the database's URL, or unset it for a SQLite file in var/"
        )
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + "__".join(str(part) for part in first["loc"]).upper()
        raise SettingError(f"{name}: {first['msg']}") from None
    except (tomllib.TOMLDecodeError, OSError) as error:
        folder = Path(os.environ.get(f"{PREFIX}CONFIG") or DEFAULT_FOLDER)
        raise SettingError(f"{folder / 'bihuan.toml'}: {error}") from None


def strangers(environment: Mapping[str, str]) -> list[str]:
    """Variables that look like ours and are none: most likely a misspelt setting."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    starts = tuple(f"{name}__" for name in known)
    return sorted(
        name for name in environment if name.startswith(PREFIX) and name not in known and not name.startswith(starts)
    )
