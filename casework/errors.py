"""Everything that can be refused, as facts.

CaseworkError
├── Untranslatable      a source record can't be understood: names the field and the type found, never its value
├── RuleError           a rule or calendar file says something impossible: names file, line or field
└── MissingCalendar     a working day was asked for outside every published calendar
"""


class CaseworkError(Exception):
    """Base of all refusals."""


class Untranslatable(CaseworkError):
    """A record that can't become a report."""


class RuleError(CaseworkError):
    """A rule that can't be followed."""


class MissingCalendar(CaseworkError):
    """A date no published calendar covers, not even provisionally."""
