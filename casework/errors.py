"""Everything that can be refused, as facts.

CaseworkError
├── Untranslatable      a source record can't be understood: names the field and the type found, never its value
└── RuleError           a configuration file says something impossible: names file and field
"""


class CaseworkError(Exception):
    """Base of all refusals."""


class Untranslatable(CaseworkError):
    """A record that can't become a report."""


class RuleError(CaseworkError):
    """A rule that can't be followed."""
