"""What is wrong with a payload, gathered while it is read: a JSON pointer and Slack's wording for each problem.

Reads one object at a time; which fields an object has is said by `elements` and `blocks`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from msgspec import Struct

Json = dict[str, Any]

_MRKDWN_KEYS = frozenset({"type", "text", "verbatim"})
_PLAIN_KEYS = frozenset({"type", "text", "emoji"})


class Problem(Struct, frozen=True):
    """One thing Slack would not take."""

    pointer: str
    message: str
    code: str = "failed_constraint"

    def __str__(self) -> str:
        return f"{self.message} [json-pointer:{self.pointer}]"


class Part:
    """An object inside a payload, where it stands, and the list its problems go to."""

    def __init__(self, value: Any, pointer: str, problems: list[Problem]) -> None:
        self.pointer = pointer
        self.problems = problems
        self.is_object = isinstance(value, dict)
        self.value: Json = value if isinstance(value, dict) else {}
        if not self.is_object:
            self.complain("must provide an object")

    @property
    def type(self) -> str:
        """The `type` it declares, empty where it declares none."""
        declared = self.value.get("type")
        return declared if isinstance(declared, str) else ""

    def complain(self, message: str, field: str = "", code: str = "failed_constraint") -> None:
        """Note a problem with the object, or with one field of it."""
        self.problems.append(Problem(f"{self.pointer}/{field}" if field else self.pointer, message, code))

    def only(self, allowed: Collection[str]) -> None:
        """Fields that Slack does not know are refused."""
        for name in self.value:
            if name not in allowed:
                self.complain(f"invalid additional property: {name}", code="invalid_additional_property")

    def need(self, *names: str) -> bool:
        """Fields that have to be there."""
        missing = [name for name in names if self.value.get(name) is None]
        for name in missing:
            self.complain(f"missing required field: {name}", code="missing_required_field")
        return not missing

    def string(self, name: str, most: int, *, least: int = 0) -> None:
        """A bare string of *least* to *most* characters, if it is there."""
        value = self.value.get(name)
        if value is None:
            return
        if not isinstance(value, str):
            self.complain("must provide a string", name)
        elif len(value) > most:
            self.complain(f"must be less than {most + 1} characters", name)
        elif len(value) < least:
            self.complain(f"must be more than {least - 1} characters", name)

    def text(self, name: str, most: int, *, plain: bool = False, least: int = 1) -> None:
        """A text object, if it is there."""
        value = self.value.get(name)
        if value is not None:
            Part(value, f"{self.pointer}/{name}", self.problems).as_text(most, plain=plain, least=least)

    def as_text(self, most: int, *, plain: bool = False, least: int = 1) -> None:
        """This object is a text object of *least* to *most* characters."""
        before = len(self.problems)
        if not self.is_object:
            return
        if self.type not in ({"plain_text"} if plain else {"plain_text", "mrkdwn"}):
            self.complain("must be a valid enum value", "type")
        self.only(_MRKDWN_KEYS if self.type == "mrkdwn" else _PLAIN_KEYS)
        if self.need("text"):
            self.string("text", most, least=least)
        if len(self.problems) > before:
            self.problems.insert(before, Problem(self.pointer, "failed to match all allowed schemas"))

    def items(self, name: str, most: int, *, least: int = 1) -> list[Part]:
        """The members of a list of *least* to *most*, each as a part; empty where the list is missing or is none."""
        value = self.value.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.complain("must provide an array", name)
            return []
        if len(value) > most:
            self.complain(f"no more than {most} items allowed", name)
        if len(value) < least:
            self.complain(f"no fewer than {least} items allowed", name)
        return [Part(part, f"{self.pointer}/{name}/{i}", self.problems) for i, part in enumerate(value)]

    def part(self, name: str) -> Part | None:
        """An object inside, if it is there."""
        value = self.value.get(name)
        return None if value is None else Part(value, f"{self.pointer}/{name}", self.problems)

    def one_of(self, name: str, allowed: Collection[str]) -> None:
        """A word out of a closed set, if it is there."""
        value = self.value.get(name)
        if value is not None and value not in allowed:
            self.complain("must be a valid enum value", name, "invalid_enum_value")

    def range(self, name: str, least: int, most: int) -> None:
        """A whole number within bounds, if it is there."""
        value = self.value.get(name)
        if value is not None and not (isinstance(value, int) and least <= value <= most):
            self.complain(f"must be an integer from {least} to {most}", name)
