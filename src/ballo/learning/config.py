"""Configuration: frozen dataclasses, filled from TOML files laid over one another and from single changes.

One place for defaults, and an unknown key is an error. A dataclass says in `__post_init__` what it does not accept by raising a
ValueError whose message begins with the field's name (`at_least` does so); the file and the table are added here.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
import tomllib
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from ballo.errors import DataError

T = TypeVar("T")

NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "a text in quotes"}
NOTHING = "none"
"""How TOML, which has no word for it, says that an optional value is left out."""


@dataclass(frozen=True)
class Layer:
    """Some of a config's values, as TOML gives them, and where they were written: a file, or an option."""

    table: Mapping[str, Any]
    where: str


def at_least(settings: object, low: float, *names: str) -> None:
    """Refuse values below `low` (and NaN) in fields of a config; a tuple's numbers are each looked at, None passes.

    Raises:
        ValueError: naming the field.
    """
    for name in names:
        value = getattr(settings, name)
        for number in value if isinstance(value, tuple) else (value,):
            if number is not None and not number >= low:
                raise ValueError(f"{name} must be at least {low:g}, not {number!r}")


def from_file(path: Path) -> Layer:
    """The values of a TOML file.

    Raises:
        DataError: the file is missing or not TOML.
    """
    try:
        return Layer(tomllib.loads(path.read_text(encoding="utf-8")), str(path))
    except FileNotFoundError as error:
        raise DataError(f"no config file {path}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not valid TOML: {error}") from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error


def from_change(change: str) -> Layer:
    """The value of one change, "engine.steps=100". The value is TOML, but a plain word needs no quotes.

    Raises:
        DataError: it is no such change.
    """
    key, sign, value = change.partition("=")
    keys = [part.strip() for part in key.split(".")]
    if not sign or not all(keys):
        raise DataError(f"cannot read --set {change}: write key=value, for example engine.steps=100")
    table: Any = _value_of(value.strip(), change)
    for part in reversed(keys):
        table = {part: table}
    return Layer(table, f"--set {change}")


def _value_of(text: str, change: str) -> Any:
    if re.fullmatch(r"(?!true$|false$|inf$|nan$)[A-Za-z][\w-]*", text):
        return text
    try:
        parsed = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        parsed = {}
    if set(parsed) != {"value"}:
        raise DataError(f"cannot read --set {change}: what follows the = is no TOML value")
    return parsed["value"]


def read(path: Path, kind: type[T]) -> T:
    """A config of dataclass `kind` from one TOML file; raises DataError as `layered` does."""
    return layered(kind, [from_file(path)])


def build(kind: type[T], table: Mapping[str, Any], where: str) -> T:
    """A config of dataclass `kind` from a table; raises DataError as `layered` does."""
    return layered(kind, [Layer(table, where)])


def layered(kind: type[T], layers: Sequence[Layer]) -> T:
    """A dataclass of `kind`: its defaults, with each layer over those before it.

    A table in a layer changes single fields of a dataclass field, whose others stay what `kind` makes them.

    Raises:
        DataError: an unknown key, a value of the wrong type, or one that the dataclass does not accept.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for layer in layers:
        _lay(values, _read_table(kind, layer.table, layer.where, ""), "", layer.where, origins)
    return _fill(kind, None, values, "", origins)


def _lay(values: dict[str, Any], over: Mapping[str, Any], path: str, where: str, origins: dict[str, str]) -> None:
    for key, value in over.items():
        origins[path + key] = where
        if isinstance(value, dict):
            below = values.get(key)
            values[key] = below if isinstance(below, dict) else {}
            _lay(values[key], value, f"{path}{key}.", where, origins)
        else:
            values[key] = value


def _read_table(kind: type, table: Mapping[str, Any], where: str, path: str) -> dict[str, Any]:
    """A layer's values as the dataclass has them; tables stay dictionaries, for what lies below them to show."""
    hints = get_type_hints(kind)
    for key in table:
        if key not in hints:
            near = difflib.get_close_matches(key, hints, 1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise DataError(f"{where}: unknown key {path + key!r}{hint}; known are {', '.join(hints)}")
    return {key: _read_value(hints[key], value, where, path + key) for key, value in table.items()}


def _read_value(hint: Any, value: Any, where: str, path: str) -> Any:
    hint, optional = _required(hint)
    if optional and (value is None or value == NOTHING):
        return None
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise DataError(f"{where}: {path} must be a table, not {value!r}")
        return _read_table(cast(type, hint), value, where, f"{path}.")
    if get_origin(hint) is Literal:
        if not any(type(value) is type(choice) and value == choice for choice in get_args(hint)):
            raise DataError(f"{where}: {path} must be one of {', '.join(map(repr, get_args(hint)))}, not {value!r}")
        return value
    if get_origin(hint) is tuple:
        return _read_array(get_args(hint), value, where, path)
    return _read_plain(hint, value, where, path)


def _read_array(kinds: tuple[Any, ...], value: Any, where: str, path: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise DataError(f"{where}: {path} must be an array in [], not {value!r}")
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    if len(kinds) != len(value):
        raise DataError(f"{where}: {path} must hold {len(kinds)} values, not {len(value)}")
    return tuple(_read_value(kind, one, where, path) for kind, one in zip(kinds, value, strict=True))


def _read_plain(hint: type, value: Any, where: str, path: str) -> Any:
    if hint is float and type(value) is int:
        value = float(value)
    if type(value) is not hint:
        raise DataError(f"{where}: {path} must be {NAMES[hint]}, not {value!r}")
    if isinstance(value, float) and not math.isfinite(value):
        raise DataError(f"{where}: {path} must be a finite number, not {value!r}")
    return value


def _required(hint: Any) -> tuple[Any, bool]:
    """`X | None` as (X, True), X as (X, False)."""
    if get_origin(hint) in (Union, types.UnionType):
        (kept,) = (one for one in get_args(hint) if one is not type(None))
        return kept, True
    return hint, False


def _fill(kind: type[T], base: T | None, values: Mapping[str, Any], path: str, origins: Mapping[str, str]) -> T:
    """A dataclass: `base` (or the defaults) with `values` in place."""
    given: dict[str, Any] = {}
    hints = get_type_hints(kind)
    for field in dataclasses.fields(cast(Any, kind)):
        default = _default(field) if base is None else getattr(base, field.name)
        value = values.get(field.name, default)
        if field.name in values and isinstance(value, dict):
            value = _fill(_required(hints[field.name])[0], default, value, f"{path}{field.name}.", origins)
        if value is not dataclasses.MISSING:
            given[field.name] = value
    try:
        return kind(**given)
    except ValueError as error:
        raise DataError(_placed(str(error), path, origins)) from error


def _default(field: dataclasses.Field[Any]) -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def _placed(complaint: str, path: str, origins: Mapping[str, str]) -> str:
    """A dataclass's complaint with the table and the file: "a.toml: engine.steps must be at least 1, not -3"."""
    key = path + complaint.partition(" ")[0]
    where = [origins[key]] if key in origins else list(dict.fromkeys(origins.values())) or ["config"]
    return (
        f"{' + '.join(where)}: {path}{complaint}" if key in origins else f"{' + '.join(where)}: {path.rstrip('.')}: {complaint}"
    )


def toml(settings: object) -> str:
    """A config as the TOML that gives it again, every value written out."""
    return "\n".join(_toml_table(settings, "")).strip() + "\n"


def _toml_table(settings: object, path: str) -> list[str]:
    tables, lines = [], []
    for field in dataclasses.fields(cast(Any, settings)):
        value = getattr(settings, field.name)
        if dataclasses.is_dataclass(value):
            tables += _toml_table(value, f"{path}{field.name}.")
        else:
            lines.append(f"{field.name} = {_toml_value(value)}")
    return ([f"\n[{path.rstrip('.')}]"] if path else []) + lines + tables


def _toml_value(value: Any) -> str:
    if value is None:
        return f'"{NOTHING}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = "".join(sign if sign.isprintable() and sign not in '"\\' else f"\\U{ord(sign):08x}" for sign in value)
        return f'"{escaped}"'
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml_value, value))}]"
    return repr(value)
