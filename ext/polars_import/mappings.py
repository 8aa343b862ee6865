"""Mappings: the built-in ones, one of the user's, or the one that fits a file's columns."""

import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Literal

from core.importing.mapping import BadMapping, FileRules, Mapping, identity_mapping, read_mapping

Kind = Literal["books", "interactions"]


def presets() -> dict[str, Mapping]:
    """Every built-in mapping by name; "goodbooks-ratings" belongs to "goodbooks"."""
    folder = resources.files("ext.polars_import.presets")
    return {
        entry.name.removesuffix(".toml"): read_mapping(
            tomllib.loads(entry.read_text(encoding="utf-8")), entry.name
        )
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    }


def choose(
    wanted: str, kind: Kind | None, columns: frozenset[str], *, all_columns_known: bool = True
) -> tuple[str, Mapping]:
    """The mapping for a file with these columns, and its name.

    wanted: a preset ("goodbooks" stands for its ratings, too), the path of a TOML file, or ""
    for whichever fits. all_columns_known: False for JSON Lines, where a row may lack a key.
    Raises BadMapping, saying what was looked for and what the file has.
    """
    candidates = [
        (name, mapping)
        for name, mapping in _candidates(wanted, columns)
        if kind in (None, mapping.kind)
    ]
    if not candidates:
        raise BadMapping(f"mapping {wanted!r} has none for {kind}", remedy=_known())
    # A mapping that nobody asked for must fit in full: every book has a title.
    strict = all_columns_known or not wanted
    lacking = [_missing(mapping, columns, strict) for _, mapping in candidates]
    for candidate, missing in zip(candidates, lacking, strict=True):
        if not missing:
            return candidate
    raise BadMapping(
        f"the file has no column {min(lacking, key=len)[0]!r}; it has {_listed(columns)}",
        remedy=f"name its columns in a mapping: --mapping FILE.toml. {_known()}",
    )


def file_rules(wanted: str) -> FileRules:
    """How to read the file, as far as the wanted mapping says; see `choose`."""
    if wanted.endswith(".toml"):
        return _from_file(Path(wanted)).file
    found = presets().get(wanted)
    return found.file if found else FileRules()


def _candidates(wanted: str, columns: frozenset[str]) -> Iterator[tuple[str, Mapping]]:
    if wanted.endswith(".toml"):
        yield wanted, _from_file(Path(wanted))
        return
    built_in = presets()
    if wanted and wanted not in built_in:
        raise BadMapping(f"no mapping is called {wanted!r}", remedy=_known())
    for name, mapping in built_in.items():
        if not wanted or name == wanted or name.startswith(f"{wanted}-"):
            yield name, mapping
    if not wanted:
        yield "the columns' own names", identity_mapping(columns, "books")
        yield "the columns' own names", identity_mapping(columns, "interactions")


def _missing(mapping: Mapping, columns: frozenset[str], all_columns_known: bool) -> list[str]:
    """Columns that the mapping needs and the file lacks."""
    fields = mapping.columns
    needed = {"title"} if mapping.kind == "books" else {"reader"}
    missing = [
        mapping.sources(field)[0]
        for field in fields
        if (all_columns_known or field in needed) and columns.isdisjoint(mapping.sources(field))
    ]
    missing += sorted(needed - fields.keys())
    if mapping.kind == "books" and fields.keys().isdisjoint({"external_id", "isbn"}):
        missing.append("isbn")
    if mapping.kind == "interactions" and fields.keys().isdisjoint({"book", "isbn"}):
        missing.append("book")
    if all_columns_known:
        named = [rule.column for rule in mapping.categories]
        named += [rule.column for rule in mapping.refuse]
        missing += [column for column in named if column not in columns]
    return missing


def _from_file(path: Path) -> Mapping:
    try:
        return read_mapping(tomllib.loads(path.read_text(encoding="utf-8")), path.name)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadMapping(f"mapping {path}: {error}") from error


def _listed(columns: frozenset[str]) -> str:
    # A file that is no catalogue has names that no terminal should be given raw.
    shown = [ascii(name[:40]) for name in sorted(columns)[:30]]
    return ", ".join(shown) + (" …" if len(columns) > len(shown) else "")


def _known() -> str:
    return f"built in are {', '.join(presets())}"
