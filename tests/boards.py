"""A board of everything a database holds, read anew."""

from datetime import datetime

from casework.rules import Rules
from dashboard.live.board import Board, first_day
from dashboard.live.overview import Overview
from db import journal
from db.database import Database
from db.queries import wall


def board_of(database: Database, rules: Rules, at: datetime) -> Board:
    board = Board(rules)
    with database.read() as session:
        board.fill(wall.current_work(session, first_day(at)), journal.position(session), first_day(at))
    return board


def overview_of(database: Database, rules: Rules, at: datetime) -> Overview:
    """What the wall shows at an instant."""
    return board_of(database, rules, at).overview(at)
