"""The arguments of one Web API call, from query, form or JSON, read by type.

Form values are strings and their structures JSON inside a string, as slack_sdk sends them for `params`; JSON bodies
carry them plainly. Both read the same here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from chatbot.sandbox.slack.refusal import RefusalError

_FALSE = frozenset({"", "0", "false", "none"})
_JSON = "application/json"


class Arguments:
    """What one call said. Every getter refuses with Slack's `invalid_arguments` where the type is wrong."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = dict(values)

    def given(self, name: str) -> bool:
        """Whether it was there at all."""
        return self.values.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """A string; numbers are taken as written."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, (dict, list)):
            raise RefusalError.of_arguments(f"must provide a string [json-pointer:/{name}]")
        return str(value)

    def need(self, name: str) -> str:
        """A string that has to be there."""
        value = self.text(name)
        if not value:
            raise RefusalError.of_arguments(f"missing required field: {name}")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A truth value: `true`, `1`, `"true"`, `"1"`."""
        value = self.values.get(name)
        return default if value is None else str(value).lower() not in _FALSE

    def number(self, name: str, default: int, *, most: int) -> int:
        """A whole number from 1 to *most*."""
        try:
            value = int(self.text(name, str(default)))
        except ValueError:
            raise RefusalError.of_arguments(f"must provide an integer [json-pointer:/{name}]") from None
        return max(1, min(value or default, most))

    def structure(self, name: str, *, code: str = "invalid_arguments") -> Any:
        """A list or an object, however it was sent; `None` where it was not."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise RefusalError(code) from None

    def words(self, name: str) -> tuple[str, ...]:
        """A list of words, sent as a list or with commas."""
        value = self.values.get(name)
        parts = value if isinstance(value, list) else self.text(name).split(",")
        return tuple(str(part).strip() for part in parts if str(part).strip())


async def read(request: web.Request) -> Arguments:
    """The arguments in a request.

    Raises:
        RefusalError: `invalid_json` or `json_not_object` for a body that is not what it says it is.
    """
    values: dict[str, Any] = dict(request.query)
    if request.method == "POST" and request.content_type == _JSON:
        values.update(_object(await request.text()))
    elif request.method == "POST":
        values.update({key: value for key, value in (await request.post()).items() if isinstance(value, str)})
    return Arguments(values)


def _object(body: str) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
    except ValueError:
        raise RefusalError("invalid_json") from None
    if not isinstance(value, dict):
        raise RefusalError("json_not_object")
    return value
