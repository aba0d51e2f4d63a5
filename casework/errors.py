"""Everything that can be refused, as facts.

CaseworkError
├── Untranslatable      a source record can't be understood: names the field and the type found, never its value
├── RuleError           a configuration file says something impossible: names file, line and field
├── BadAccount          an account that can't be (`casework.roles`)
└── Refused             a move that the case, the rules or the clock don't allow; says why
"""


class CaseworkError(Exception):
    """Base of all refusals."""


class Untranslatable(CaseworkError):
    """A record that can't become a report."""


class RuleError(CaseworkError):
    """A rule that can't be followed."""


class Refused(CaseworkError):
    """A move that is not allowed. `sentence` has places in braces for `values`, so that screens can translate it."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence.format(**values))
        self.sentence = sentence
        self.values = values
