"""The court's figures, imported by the month: what was imported last of a month, a measure and a township stands."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from casework.review import CourtFigure as Figure
from db.models import CourtFigure


def keep_figures(session: Session, figures: Iterable[Figure], at: datetime) -> int:
    """Store them, in the place of earlier ones; how many there were."""
    kept = [CourtFigure(**figure._asdict(), imported_at=at) for figure in figures]
    for each in kept:
        session.merge(each)
    return len(kept)
