"""What exists: schemas, tables, views, users and grants, with what DuckDB cannot hold of them.

A catalogue is a value: DDL makes a new one, which becomes everybody's when its transaction commits. It is stored
as one JSON document in the same file and the same transaction as the tables it describes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from .errors import SqlError, fail_if
from .types import Column, Type


@dataclass(frozen=True, slots=True)
class TableColumn:
    name: str
    type: Type
    nullable: bool = True
    default: str = ""
    identity: tuple[int, int] | None = None
    encode: str = ""  # as written
    distkey: bool = False
    sortkey: int = 0  # its place, as PG_TABLE_DEF shows it
    keyed: bool = False  # part of a PRIMARY KEY, UNIQUE or FOREIGN KEY


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or a view. A view keeps its Redshift text: it is bound anew wherever it is used."""

    schema: str
    name: str
    columns: tuple[TableColumn, ...]
    id: int = 0
    view: str = ""
    late_binding: bool = False
    uses: tuple[str, ...] = ()  # what a view without late binding depends on, as "schema.name"
    temporary: bool = False

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def duck(self) -> str:
        schema, name = self.schema.replace('"', '""'), self.name.replace('"', '""')
        return f'temp.main."{name}"' if self.temporary else f'"{schema}"."{name}"'

    @property
    def read(self) -> tuple[Column, ...]:
        """Its columns, as a query has them."""
        return tuple(Column(c.name, c.type, c.nullable, self.name, self.schema) for c in self.columns)

    def sequence(self, column: TableColumn) -> str:
        """The DuckDB sequence behind an identity column."""
        return replace(self, name=f"{self.name}:{self.id}:{column.name}").duck

    def column(self, name: str) -> TableColumn:
        for column in self.columns:
            if column.name == name:
                return column
        raise SqlError(f'column "{name}" of relation "{self.name}" does not exist')


def known(kind: str, name: str, names: Collection[str]) -> str:
    """The name, if it is one of those that there are."""
    fail_if(name not in names, f'{kind} "{name}" does not exist')
    return name


@dataclass(frozen=True)
class Catalogue:
    schemas: tuple[str, ...] = ("public",)
    relations: dict[str, Relation] = field(default_factory=dict)
    users: dict[str, dict[str, Any]] = field(default_factory=lambda: {"admin": {"createdb": True, "createuser": True}})
    roles: tuple[str, ...] = ()
    grants: tuple[dict[str, str], ...] = ()
    next_id: int = 100_000

    def find(self, schema: str, name: str) -> Relation | None:
        if schema:
            return self.relations.get(f"{schema}.{name}")
        return self.relations.get(f"pg_temp.{name}") or self.relations.get(f"public.{name}")

    def get(self, schema: str, name: str) -> Relation:
        found = self.find(schema, name)
        if found is None:
            known("schema", schema or "public", self.schemas)
            raise SqlError(f'relation "{schema + "." if schema else ""}{name}" does not exist')
        return found

    def table(self, schema: str, name: str) -> Relation:
        found = self.get(schema, name)
        fail_if(found.view, f'"{found.name}" is not a table')
        return found

    def put(self, relation: Relation) -> Catalogue:
        known = self.relations.get(relation.full_name)
        number = known.id if known else self.next_id
        relations = {**self.relations, relation.full_name: replace(relation, id=number)}
        return replace(self, relations=relations, next_id=self.next_id + (known is None))

    def drop(self, relation: Relation) -> Catalogue:
        kept = {k: v for k, v in self.relations.items() if k != relation.full_name}
        grants = tuple(g for g in self.grants if g["object"] != relation.full_name)
        return replace(self, relations=kept, grants=grants)

    def dependents(self, relation: Relation) -> list[Relation]:
        return [r for r in self.relations.values() if not r.late_binding and relation.full_name in r.uses]

    def __iter__(self) -> Iterator[Relation]:
        return iter(sorted(self.relations.values(), key=lambda r: (r.schema, r.name)))

    def dump(self) -> str:
        lasting = replace(self, relations={k: r for k, r in self.relations.items() if not r.temporary})
        return json.dumps(asdict(lasting))

    @staticmethod
    def load(text: str) -> Catalogue:
        document = json.loads(text)
        relations = {}
        for key, r in document.pop("relations").items():
            for c in r["columns"]:
                c.update(type=Type(**c["type"]), identity=tuple(c["identity"]) if c["identity"] else None)
            columns = tuple(_from(TableColumn, c) for c in r["columns"])
            relations[key] = _from(Relation, {**r, "columns": columns, "uses": tuple(r["uses"])})
        for key in ("schemas", "roles", "grants"):
            document[key] = tuple(document[key])
        return Catalogue(relations=relations, **document)


def _from[T](cls: type[T], stored: dict[str, Any]) -> T:
    """What an earlier version stored may have more fields."""
    return cls(**{f.name: stored[f.name] for f in fields(cls) if f.name in stored})  # type: ignore[arg-type] # of any dataclass
