"""The line of a CI log that explains the failure, the tests it names, and a fingerprint to group it by.

Reads bytes it is handed, in any pieces; opens no file and asks no server. It judges lines, never the
commit: whose fault a failure is, is `suspects`' question.
"""

from chatbot.loglines.classify import Classifier, Explanation, classify
from chatbot.loglines.expand import EXPANDED_LIMIT, expanded
from chatbot.loglines.fingerprint import fingerprint
from chatbot.loglines.rules import Rule, Rules, failure_rule, shipped_rules, with_failure_rules

__all__ = [
    "EXPANDED_LIMIT",
    "Classifier",
    "Explanation",
    "Rule",
    "Rules",
    "classify",
    "expanded",
    "failure_rule",
    "fingerprint",
    "shipped_rules",
    "with_failure_rules",
]
