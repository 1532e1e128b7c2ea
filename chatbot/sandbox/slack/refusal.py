"""Slack saying no: an error code and what goes with it. Raised by methods, answered as `{"ok": false, ...}`."""

from __future__ import annotations

from typing import Any


class RefusalError(Exception):
    """`code` is Slack's word; `extra` goes into the answer beside it."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra

    @classmethod
    def of_arguments(cls, *problems: str, code: str = "invalid_arguments") -> RefusalError:
        """With the problems spelled as Slack does, in `response_metadata.messages`."""
        return cls(code, response_metadata={"messages": [f"[ERROR] {problem}" for problem in problems]})

    def as_json(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"ok": False, "error": self.code, **self.extra}
