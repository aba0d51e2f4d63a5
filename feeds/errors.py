"""What a feed can refuse.

FeedError
├── NotAnEvent       a frame or an object that is no CloudEvent of this feed; becomes a dead letter
└── BadMapping       an import mapping or a code map says something impossible: names file and field
"""


class FeedError(Exception):
    """Base of all refusals."""


class NotAnEvent(FeedError):
    """Says what is wrong in field names and types, never in values."""


class BadMapping(FeedError):
    """Names the file and the field."""
