"""Configuration: frozen dataclasses, filled from TOML. One place for defaults, and an unknown key is an error."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from ballo.errors import DataError

T = TypeVar("T")


def read(path: Path, kind: type[T]) -> T:
    """A config of dataclass `kind` from a TOML file.

    Raises:
        DataError: the file is missing or not TOML, or holds an unknown key or a value of the wrong type.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"no config file {path}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not valid TOML: {error}") from error
    return build(kind, table, str(path))


def build(kind: type[T], table: Mapping[str, Any], where: str) -> T:
    """A dataclass of `kind` from a table; a table in it fills a dataclass field, and what is left out keeps its default.

    Raises:
        DataError: an unknown key, or a value of the wrong type.
    """
    hints = get_type_hints(kind)
    unknown = sorted(set(table) - set(hints))
    if unknown:
        raise DataError(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(hints)}")
    values = {key: _value(hints[key], value, f"{where}: {key}") for key, value in table.items()}
    return kind(**values)


def _value(hint: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, Mapping):
            raise DataError(f"{where} must be a table")
        return build(hint, value, where)
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise DataError(f"{where} must be {hint.__name__}, not {value!r}")
    return value
