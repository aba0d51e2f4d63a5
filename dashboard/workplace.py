"""What the pages of the office are handed: the database, the vault, the rules, the county, words and time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from dash.development.base_component import Component

from casework.county import County
from casework.roles import Account, Right
from casework.rules import Rules
from dashboard.asking import Asking
from dashboard.live.clock import Clock
from dashboard.reviewing import ReviewSource
from dashboard.words import Languages, Words
from db.database import Database
from db.vault import Vault


@dataclass(frozen=True, slots=True)
class Workplace:
    """The same for every page and every person; who asks is told by `asking()`."""

    database: Database
    vault: Vault
    rules: Rules
    county: County
    centre_name: str
    languages: Languages
    clock: Clock
    reviews: ReviewSource | None = None
    """Where reviews are read; the database, when it is None."""


class Visit(NamedTuple):
    """One look at a page: what follows its path (`/case/CODE` → CODE), in which language, and who looks."""

    rest: str
    language: str
    words: Words
    who: Asking


class Page(NamedTuple):
    """A page of the office. A `path` that ends in "/" takes what follows it, and a listed one is there without it too. `title`
    is a message id; pages of the navigation (`listed`) are offered to whoever has the right they need."""

    path: str
    title: str
    needs: Right | None
    layout: Callable[[Visit], Component]
    listed: bool = True

    def admits(self, account: Account) -> bool:
        """Whether the account has the right the page needs; who is signed in needs none where it is None."""
        return self.needs is None or account.may(self.needs)

    def rest(self, path: str) -> str | None:
        """What follows the page's path; None when the path is another page's."""
        if not self.path.endswith("/"):
            return "" if path == self.path else None
        rest = path.removeprefix(self.path)
        return rest if rest != path and (rest or self.listed) and "/" not in rest else None
