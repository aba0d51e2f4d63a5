"""Chores that go wrong. They travel to a child, which imports this module and nothing else of the tests: it should be light."""

import os

from db.database import Database


def exits(database: Database) -> bool:
    os._exit(7)


def fails(database: Database) -> bool:
    raise LookupError
