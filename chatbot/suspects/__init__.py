"""Who broke trunk, how sure we are, and why: one probability for each commit and for no commit at all.

Pure: cases in, rankings out. `rank` answers, `Model.learn` takes a confirmed culprit, `revert_target` reads reverts,
`parse_case` reads prepared cases. It fetches nothing and keeps nothing. What judges is imported when it is first asked
for: compiling its patterns and reading its weights takes 30 ms that a bot whose trunk is green never spends.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from chatbot.suspects.case import Case, Evidence, FailureText, candidates
from chatbot.suspects.cases import parse_case
from chatbot.suspects.reverts import Revert, revert_target

if TYPE_CHECKING:  # at run time `__getattr__` finds them
    from chatbot.suspects.grid import flake_rate
    from chatbot.suspects.model import DEFAULT, Model, rank
    from chatbot.suspects.ranking import Factor, Ranking, Suspect

__all__ = [
    "DEFAULT", "Case", "Evidence", "Factor", "FailureText", "Model", "Ranking", "Revert", "Suspect", "candidates",
    "flake_rate", "parse_case", "prepare", "rank", "revert_target",
]  # fmt: skip

_JUDGES = {
    "DEFAULT": "model", "Model": "model", "rank": "model", "flake_rate": "grid",
    "Factor": "ranking", "Ranking": "ranking", "Suspect": "ranking",
}  # fmt: skip


def prepare() -> None:
    """Import what judges, so that the next question need not."""
    import_module(f"{__name__}.model")


def __getattr__(name: str) -> Any:
    if name not in _JUDGES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_JUDGES[name]}"), name)
