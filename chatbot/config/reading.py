"""Reads the configuration file. The only part of `config` that touches the disk.

Everything that is wrong with a file is said at once; half a configuration is never handed out.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from chatbot.config import references, words
from chatbot.config.document import MAX_BYTES, parse
from chatbot.config.model import Config
from chatbot.config.problems import InvalidConfigError, Place, Problem
from chatbot.errors import ConfigError


def load(path: Path | str) -> Config:
    """The configuration in the file at *path*.

    Raises:
        ConfigError: it cannot be read or is wrong; the text has a line per mistake, `file:line:column: path: what`.
    """
    path = Path(path)
    return read(_text(path), name=str(path), directory=path.parent)


def read(text: str, *, name: str = "configuration", directory: Path = Path()) -> Config:
    """The configuration that *text* spells; *name* is for errors, paths in it are relative to *directory*.

    Raises:
        ConfigError: it is wrong.
    """
    document = parse(text, name)
    if document.values is None:
        raise InvalidConfigError(name, [Problem((), Place(1, 1), "is empty", "begin with `version: 1` and `trunks:`")])
    if not isinstance(document.values, dict):
        raise InvalidConfigError(name, [Problem((), Place(1, 1), "has to be a mapping", "begin with `version: 1`")])
    found = [*document.problems, *references.problems(document)]
    try:
        config = Config.model_validate(document.values, context={"directory": directory})
    except ValidationError as error:
        found += words.problems(error, document)
    if found:
        raise InvalidConfigError(name, found)
    return config


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: there is no such file") from error
    except IsADirectoryError as error:
        raise ConfigError(f"{path}: is a directory; name the file in it") from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{path}: is larger than {MAX_BYTES:,} bytes; is this the configuration?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise ConfigError(f"{path}:{line}:{column}: is not UTF-8 text; save it as UTF-8") from error
