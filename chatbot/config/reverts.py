"""How a commit is taken back when somebody presses for it. Pure values; the fields' texts are in the JSON Schema."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator, model_validator

from chatbot.config.fields import Model

PLACES: Final = ("reason", "sha", "pr")
_PLACE = re.compile(r"\{([^{}]*)\}")


class Revert(Model):
    """What "Open revert" does.

    `kind: github` opens a pull request as GitHub's own Revert button does; `kind: comment` writes `comment` on the pull
    request that is to be reverted.
    """

    kind: Literal["github", "comment"] = "github"
    comment: Annotated[str, Field(min_length=1, max_length=1_000)] | None = None
    """The comment, with `{reason}`, `{sha}` and `{pr}` to be filled in:
    `@pytorchbot revert -m "{reason}" -c nosignal`."""

    @field_validator("comment")
    @classmethod
    def _known_places(cls, value: str | None) -> str | None:
        strange = [place for place in _PLACE.findall(value or "") if place not in PLACES]
        if strange:
            raise ValueError(f"has a place {{{strange[0]}}} to fill in; there are {{reason}}, {{sha}} and {{pr}}")
        return value

    @model_validator(mode="after")
    def _something_to_say(self) -> Revert:
        if self.kind == "comment" and self.comment is None:
            raise ValueError('needs a `comment`, for example @pytorchbot revert -m "{reason}" -c nosignal')
        if self.kind == "github" and self.comment is not None:
            raise ValueError("has a `comment` that nobody would write; set `kind: comment`")
        return self

    def filled(self, *, reason: str, sha: str, pr: int) -> str:
        """The comment. The reason stays on its line and within its quotation marks, and mentions nobody."""
        tame = " ".join(reason.replace('"', "'").replace("`", "'").replace("@", "@\u200b").replace("\\", "/").split())
        given = {"reason": tame, "sha": sha, "pr": str(pr)}
        return _PLACE.sub(lambda place: given[place[1]], self.comment or "")
