"""Who broke trunk, how sure we are, and why: one probability for each commit and for no commit at all.

Pure: cases in, rankings out. `rank` answers, `Model.learn` takes a confirmed culprit, `revert_target` reads reverts,
`parse_case` reads prepared cases. It fetches nothing and keeps nothing.
"""

from chatbot.suspects.case import Case, Evidence, FailureText, candidates
from chatbot.suspects.cases import parse_case
from chatbot.suspects.grid import flake_rate
from chatbot.suspects.model import DEFAULT, Model, rank
from chatbot.suspects.ranking import Factor, Ranking, Suspect
from chatbot.suspects.reverts import Revert, revert_target

__all__ = [
    "DEFAULT", "Case", "Evidence", "Factor", "FailureText", "Model", "Ranking", "Revert", "Suspect", "candidates",
    "flake_rate", "parse_case", "rank", "revert_target",
]  # fmt: skip
