"""Log lines: one line each, UTC, to stderr. Nothing that is logged here may hold a citizen's data."""

import logging
import time


def start_logging(level: str = "INFO") -> None:
    handler = logging.StreamHandler()
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for talkative in ("websockets", "uvicorn.access", "filelock", "alembic"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    # A peer that hangs up while much is being sent to it would fill the log with one line a packet.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
