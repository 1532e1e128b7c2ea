"""The JSON Schema of the configuration file, and the keys it knows at a place. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from typing import Any

from chatbot.config.model import Config
from chatbot.config.problems import Path

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the file."""
    return {"$schema": DIALECT, "title": "Trunkwatch configuration", **_tidy(Config.model_json_schema(by_alias=True))}


def schema_with(kinds: Sequence[str]) -> dict[str, Any]:
    """The same where sources of these *kinds* are installed, whose other keys may be any."""
    whole = deepcopy(schema())
    if kinds:
        other = {"type": "object", "required": ["kind"], "properties": {"kind": {"enum": list(kinds)}}}
        whole["$defs"]["TrunkConfig"]["properties"]["source"]["oneOf"].append(other)
    return whole


def keys_at(path: Path, values: Any) -> list[str]:
    """The keys that may stand at *path*; *values* are the file's, they say which kind of source is meant."""
    here: Mapping[str, Any] = schema()
    for part in path:
        values = _inside(values, part)
        named: Mapping[str, Any] = here.get("properties", {}).get(part) or next(
            iter(here.get("patternProperties", {}).values()), {}
        )
        here = _resolved(here.get("items", {}) if isinstance(part, int) else named, values)
    return list(here.get("properties", {}))


def _inside(values: Any, part: str | int) -> Any:
    try:
        return values[part]
    except (KeyError, IndexError, TypeError):
        return None


def _resolved(part: Mapping[str, Any], value: Any) -> Mapping[str, Any]:
    """*part* with references followed, and of several possibilities the one that *value* chooses."""
    if (mapping := part.get("discriminator", {}).get("mapping")) is not None:
        kind = value.get("kind") if isinstance(value, dict) else None
        return _resolved({"$ref": mapping[kind]}, value) if kind in mapping else {}
    for choice in part.get("anyOf", ()):
        if choice.get("type") != "null":
            return _resolved(choice, value)
    if (reference := part.get("$ref")) is not None:
        return _resolved(schema()["$defs"][reference.rpartition("/")[2]], value)
    return part


def _tidy(part: Any) -> Any:
    """*part* without the titles that pydantic makes of field names; names that fit no pattern are refused."""
    if isinstance(part, dict):
        closed = {"additionalProperties": False} if "patternProperties" in part else {}
        return closed | {
            key: _tidy(value)
            for key, value in part.items()
            if not (key == "title" and isinstance(value, str)) and not (key == "default" and value in ("", None))
        }
    return [_tidy(item) for item in part] if isinstance(part, list) else part
