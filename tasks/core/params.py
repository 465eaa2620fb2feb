"""params.yaml, one frozen dataclass per section; a key that no dataclass knows is an error, not a silent nothing."""

import dataclasses
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

import yaml

from tasks.core.errors import UserError, nearest

FILE = Path("params.yaml")
T = TypeVar("T")
Values = dict[str, Any]


def load(section: str, cls: type[T], path: Path = FILE) -> T:
    """The section of params.yaml as `cls`; raises UserError for an unknown key, a wrong type or a missing section.

    A class that has a `complete` is asked first what the section leaves open: presets.
    """
    values = read(path).get(section)
    complete = getattr(cls, "complete", None)
    return parse(section, complete(values) if complete and isinstance(values, dict) else values, cls, path.name)


def read(path: Path = FILE) -> dict[str, Any]:
    """All sections, as plain values."""
    if not path.is_file():
        raise UserError(f"{path} is missing; run this in the project's folder")
    try:
        sections = yaml.safe_load(path.read_text())
    except yaml.YAMLError as fault:
        raise UserError(f"{path} is no YAML: {' '.join(str(fault).split())}") from fault
    if not isinstance(sections, dict):
        raise UserError(f"{path} holds no sections; each stage has one, such as `quality:`")
    return sections


def parse(section: str, values: Any, cls: type[T], file: str = "params.yaml") -> T:
    """`values` as `cls`, each key known and each value of its declared type."""
    if not isinstance(values, dict):
        raise UserError(f"{file}: section {section} is {values!r}; it must hold {_names(cls)}")
    hints = typing.get_type_hints(cls)
    for key in values:
        if key not in hints:
            raise UserError(f"{file}: {section}.{key} is unknown; {nearest(str(key), list(hints))}")
    given = {key: _typed(f"{file}: {section}.{key}", value, hints[key]) for key, value in values.items()}
    missing = [f.name for f in dataclasses.fields(typing.cast(Any, cls)) if _required(f) and f.name not in given]
    if missing:
        raise UserError(f"{file}: {section}.{missing[0]} is missing; {section} needs {_names(cls)}")
    return cls(**given)


def overlaid(below: Values, above: Values) -> Values:
    """`above` over `below`, section by section and key by key."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = overlaid(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def unplaced(values: Any) -> Any:
    """Plain values as they may leave this machine: of every path the file's name alone, since folders name people."""
    if isinstance(values, dict):
        return {key: unplaced(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [unplaced(value) for value in values]
    return Path(values).name if isinstance(values, str) and "/" in values else values


def _required(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _names(cls: type) -> str:
    return ", ".join(typing.get_type_hints(cls))


def _typed(where: str, value: Any, hint: Any) -> Any:
    """The value as the hint says; an int may stand for a float, a list for a tuple, nothing else for anything."""
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        return _one_of(where, value, hint)
    if origin is tuple and isinstance(value, list):
        inner = typing.get_args(hint)[0]
        return tuple(_typed(f"{where}[{i}]", item, inner) for i, item in enumerate(value))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        file, _, section = where.partition(": ")
        return parse(section, value, hint, file)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    plain = origin or hint
    if not isinstance(value, plain) or (isinstance(value, bool) and plain is not bool):
        raise UserError(f"{where} is {value!r} ({type(value).__name__}); it must be {_plain(hint)}")
    return value


def _one_of(where: str, value: Any, hint: Any) -> Any:
    choices = typing.get_args(hint)
    if value is None and type(None) in choices:
        return None
    return _typed(where, value, next(c for c in choices if c is not type(None)))


def _plain(hint: Any) -> str:
    words = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
    return words.get(hint, "a list" if typing.get_origin(hint) is tuple else str(hint))
