"""Statements that change the catalogue, and the small ones beside them (LOCK, TRUNCATE, GRANT, ANALYZE ...)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from . import access, system
from .catalogue import Relation, TableColumn, known
from .columns import Attributes, Definitions, data_type, unique
from .errors import Refused, SqlError, fail_if, refuse_if
from .session import STATEMENTS, Outcome, Session
from .syntax import Words, parse
from .types import quote

if TYPE_CHECKING:
    from .binder import Query


def create(session: Session, words: Words, sql: str) -> Outcome | None:
    replaced = words.take("OR", "REPLACE")
    words.take("LOCAL")
    temporary = words.take("TEMP") or words.take("TEMPORARY")
    kind = words.word().upper()
    if kind not in ("TABLE", "VIEW", *_CREATES) or (temporary and kind != "TABLE") or (replaced and kind != "VIEW"):
        raise Refused(f"CREATE {'OR REPLACE ' if replaced else ''}{'TEMP ' if temporary else ''}{kind}")
    if kind == "TABLE":
        return _create_table(session, words, sql, temporary=temporary)
    if kind == "VIEW":
        _create_view(session, words, sql, replaced=replaced)
    else:
        _CREATES[kind](session, words, sql)
    return None


def _new(session: Session, words: Words, *, temporary: bool = False) -> Relation:
    """A relation of this name, which has nothing yet."""
    schema, name = words.relation()
    refuse_if(name in system.VIEWS, f"a relation with the name of the system view {name}")
    fail_if(temporary and schema, "cannot create temporary relation in non-temporary schema")
    known("schema", schema or "public", session.catalogue.schemas)
    return Relation("pg_temp" if temporary else schema or "public", name, (), temporary=temporary)


# -------------------------------------------------------------------- CREATE TABLE


def _create_table(session: Session, words: Words, sql: str, *, temporary: bool) -> Outcome | None:
    exists_ok = words.take("IF", "NOT", "EXISTS")
    table = _new(session, words, temporary=temporary or words.peek().startswith("#"))
    names: list[str] = []
    if words.peek() == "(":
        if words.peek(2) in (",", ")"):
            names = words.names()
        else:
            table = replace(table, columns=Definitions(session, words, sql, table.name).all())
    words.take("BACKUP", "YES") or words.take("BACKUP", "NO")
    given, query = Attributes.read(words), None
    if words.take("AS"):
        if table.columns or words.done:
            words.fail()
        query = parse(words.rest(sql))
    else:
        words.end()
        fail_if(names or not table.columns, "syntax error: a table needs columns with types")
    if table.full_name in session.catalogue.relations:
        fail_if(not exists_ok, f'Relation "{table.name}" already exists')
        return None
    if query is None:
        make(session, given.of(table))
        return None
    bound = session.binder().query(query)
    made = make(session, given.of(replace(table, columns=_named(bound, names, nullable=True))))
    return Outcome(changed=session.run(f"INSERT INTO {made.duck} {bound.sql}"))


def make(session: Session, table: Relation) -> Relation:
    """Create a table in DuckDB and in the catalogue. Keys are not enforced; NOT NULL is."""
    session.catalogue = session.catalogue.put(table)
    table = session.catalogue.relations[table.full_name]
    temp = "TEMP " if table.temporary else ""
    for column in table.columns:
        if column.identity:
            fail_if(column.type.name not in ("int4", "int8"), "identity column must be of type integer or bigint")
            seed, step = column.identity
            steps = f"START {seed} MINVALUE {seed} INCREMENT {step}"
            session.connection.execute(f"CREATE {temp}SEQUENCE {table.sequence(column)} {steps}")
    columns = ", ".join(f"{quote(c.name)} {c.type.duck}{'' if c.nullable else ' NOT NULL'}" for c in table.columns)
    session.connection.execute(f"CREATE {temp}TABLE {table.duck} ({columns})")
    return table


def _named(bound: Query, names: list[str], *, nullable: bool = False) -> tuple[TableColumn, ...]:
    """The columns of a query, the first of them under these names."""
    fail_if(len(names) > len(bound.columns), "CREATE TABLE AS or VIEW specifies too many column names")
    labels = names + [c.name for c in bound.columns[len(names) :]]
    pairs = zip(labels, bound.columns, strict=True)
    return unique([TableColumn(n, c.type, c.nullable or nullable) for n, c in pairs])


# -------------------------------------------------------------------- views, schemas


def _create_view(session: Session, words: Words, sql: str, *, replaced: bool) -> None:
    view = _new(session, words)
    names = words.names() if words.peek() == "(" else []
    words.expect("AS")
    text = words.rest(sql)
    late = [t.text.upper() for t in words.tokens[-4:]] == ["WITH", "NO", "SCHEMA", "BINDING"]
    if late:
        text = sql[words.tokens[words.at].start : words.tokens[-4].start].strip()
    tree = parse(text)
    fail_if(not isinstance(tree, exp.Query), "a view needs a query")
    refuse_if(tree.find(exp.Placeholder), "parameters in a view")
    view = replace(view, view=text, late_binding=late)
    if not late:
        view = _bound_view(session, tree, view, names)
    elif any(not t.db for t in tables_of(tree)):
        raise SqlError("All the relation names inside should be qualified when creating VIEW WITH NO SCHEMA BINDING.")
    elif names:
        raise Refused("a column list for a view WITH NO SCHEMA BINDING")
    known = session.catalogue.relations.get(view.full_name)
    if known is not None:
        fail_if(not replaced, f'Relation "{view.name}" already exists')
        fail_if(not known.view, f'"{view.name}" is not a view')
        _same_columns(known, view)
    session.catalogue = session.catalogue.put(view)


def tables_of(tree: exp.Expr) -> list[exp.Table]:
    ctes = {c.alias.lower() for c in tree.find_all(exp.CTE)}
    return [t for t in tree.find_all(exp.Table) if t.db or t.name.lower() not in ctes]


def _bound_view(session: Session, tree: exp.Expr, view: Relation, names: list[str]) -> Relation:
    columns = _named(session.binder().query(tree), names)
    found = [session.catalogue.find(t.db.lower(), t.name.lower()) for t in tables_of(tree)]
    refuse_if(any(r and r.temporary for r in found), "a view of a temporary table")
    return replace(view, columns=columns, uses=tuple(sorted({r.full_name for r in found if r})))


def _same_columns(old: Relation, new: Relation) -> None:
    """ "CREATE VIEW": OR REPLACE only with the same columns, names and types."""
    if old.late_binding or new.late_binding:
        return
    if len(old.columns) != len(new.columns):
        fewer = len(new.columns) < len(old.columns)
        raise SqlError("cannot drop columns from view" if fewer else "cannot change number of columns in view")
    for a, b in zip(old.columns, new.columns, strict=True):
        if (a.name, a.type) != (b.name, b.type):
            raise SqlError(f'cannot change {"name" if a.name != b.name else "data type"} of view column "{a.name}"')


def _create_schema(session: Session, words: Words, sql: str) -> None:
    exists_ok = words.take("IF", "NOT", "EXISTS")
    refuse_if(words.peek() == "AUTHORIZATION", "CREATE SCHEMA without a name")
    name = words.name()
    if words.take("AUTHORIZATION"):
        known("user", words.role(), {session.user, *session.catalogue.users})
    refuse_if(words.peek() == "QUOTA", "CREATE SCHEMA with QUOTA")
    words.end()
    if name.startswith("pg_") or name in ("main", "_rs", "information_schema"):
        raise SqlError(f'unacceptable schema name "{name}"')
    if name not in session.catalogue.schemas:
        session.connection.execute(f"CREATE SCHEMA {quote(name)}")
        session.change(schemas=(*session.catalogue.schemas, name))
    elif not exists_ok:
        raise SqlError(f'schema "{name}" already exists')


_CREATES: dict[str, Callable[[Session, Words, str], None]] = {
    "SCHEMA": _create_schema,
    "USER": access.create_user,
    "ROLE": access.create_role,
}


# -------------------------------------------------------------------- DROP


def drop(session: Session, words: Words, sql: str) -> None:
    kind = words.word().upper()
    refuse_if(kind not in ("TABLE", "VIEW", *_DROPS), f"DROP {kind}")
    missing_ok = words.take("IF", "EXISTS")
    names = words.several(words.relation if kind in ("TABLE", "VIEW") else lambda: ("", words.role()))
    refuse_if(words.peek() == "FORCE", f"DROP {kind} ... FORCE")
    cascade = words.cascade()
    for schema, name in names:
        here = session.catalogue
        found = here.find(schema, name)
        if name in {"SCHEMA": here.schemas, "USER": here.users, "ROLE": here.roles}.get(kind, ()):
            _DROPS[kind](session, name, cascade)
        elif kind in _DROPS or found is None:
            fail_if(not missing_ok, f'{kind.lower()} "{name}" does not exist')
        else:
            fail_if(bool(found.view) != (kind == "VIEW"), f'"{name}" is not a {kind.lower()}')
            remove(session, found, cascade=cascade)


def remove(session: Session, found: Relation, *, cascade: bool) -> None:
    for dependent in session.catalogue.dependents(found):
        fail_if(not cascade, f"cannot drop table {found.name} because other objects depend on it")
        if dependent.full_name in session.catalogue.relations:
            remove(session, dependent, cascade=True)
    if not found.view:
        session.connection.execute(f"DROP TABLE {found.duck}")
        for column in found.columns:
            if column.identity:
                session.connection.execute(f"DROP SEQUENCE {found.sequence(column)}")
    session.catalogue = session.catalogue.drop(found)


def _drop_schema(session: Session, name: str, cascade: bool) -> None:
    refuse_if(name == "public", "DROP SCHEMA public")
    for relation in list(session.catalogue):
        if relation.schema == name and relation.full_name in session.catalogue.relations:
            fail_if(not cascade, f"cannot drop schema {name} because other objects depend on it")
            remove(session, relation, cascade=True)
    session.connection.execute(f"DROP SCHEMA {quote(name)}")
    session.change(schemas=tuple(s for s in session.catalogue.schemas if s != name))


_DROPS: dict[str, Callable[[Session, str, bool], None]] = {
    "SCHEMA": _drop_schema, "USER": access.drop_user, "ROLE": access.drop_role
}  # fmt: skip


# -------------------------------------------------------------------- ALTER TABLE


def alter(session: Session, words: Words, sql: str) -> None:
    refuse_if(not words.take("TABLE"), f"ALTER {words.peek()}")
    table = session.catalogue.table(*words.relation())
    for phrase, change in _ALTERATIONS:
        if words.take(*phrase.split()):
            return change(session, table, words, sql)
    raise Refused(f"ALTER TABLE {words.peek()} {words.peek(1)}")


def _put(session: Session, table: Relation, old: TableColumn, *new: TableColumn) -> None:
    """The table with a column replaced."""
    columns = tuple(n for c in table.columns for n in (new if c == old else (c,)))
    session.catalogue = session.catalogue.put(replace(table, columns=columns))


def _absent(table: Relation, name: str) -> None:
    fail_if(any(c.name == name for c in table.columns), f'column "{name}" of relation "{table.name}" already exists')


def _add(session: Session, table: Relation, words: Words, sql: str) -> None:
    """A column, or a key of columns that are there."""
    new = Definitions(session, words, sql, table.name)
    named = words.take("COLUMN")
    new.one()
    words.end()
    if not new.columns and not named:
        columns = new.keyed(table.columns)
        if any(c.nullable and not k.nullable for c, k in zip(table.columns, columns, strict=True)):
            raise SqlError("cannot add a primary key to a nullable column")
        session.catalogue = session.catalogue.put(replace(table, columns=columns))
        return
    if len(new.columns) != 1:
        words.fail()
    column = new.columns[0]
    if column.identity or column.distkey or column.sortkey or new.keys:
        raise SqlError("ALTER TABLE ADD COLUMN takes no IDENTITY, DISTKEY, SORTKEY or key")
    _absent(table, column.name)
    if not column.nullable and not column.default:
        raise SqlError("ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression")
    name = quote(column.name)
    session.connection.execute(f"ALTER TABLE {table.duck} ADD COLUMN {name} {column.type.duck}")
    if column.default:
        value = session.default(column, table, session.binder())
        session.connection.execute(f"UPDATE {table.duck} SET {name} = {value}")
    session.catalogue = session.catalogue.put(replace(table, columns=(*table.columns, column)))


def _drop_column(session: Session, table: Relation, words: Words, sql: str) -> None:
    refuse_if(words.peek() == "CONSTRAINT", "ALTER TABLE DROP CONSTRAINT")
    words.take("COLUMN")
    column = table.column(words.name())
    cascade = words.cascade()
    if len(table.columns) == 1 or column.distkey or column.sortkey:
        raise SqlError("cannot drop the only column of a table, nor its distribution key or a sort key")
    refuse_if(column.keyed, "dropping a column of a PRIMARY KEY, UNIQUE or FOREIGN KEY")
    _put(session, table, column)
    for dependent in session.catalogue.dependents(table):
        try:
            session.view(dependent)
        except SqlError:  # it reads the column
            what = f"table {table.name} column {column.name}"
            fail_if(not cascade, f"cannot drop {what} because other objects depend on it")
            remove(session, dependent, cascade=True)
    session.connection.execute(f"ALTER TABLE {table.duck} DROP COLUMN {quote(column.name)}")


def _rename_column(session: Session, table: Relation, words: Words, sql: str) -> None:
    words.take("COLUMN")
    column = table.column(words.name())
    words.expect("TO")
    name = words.name()
    words.end()
    _absent(table, name)
    refuse_if(session.catalogue.dependents(table), "renaming a column that a view without late binding uses")
    session.connection.execute(f"ALTER TABLE {table.duck} RENAME COLUMN {quote(column.name)} TO {quote(name)}")
    _put(session, table, column, replace(column, name=name))


def _rename(session: Session, table: Relation, words: Words, sql: str) -> None:
    name = words.name()
    words.end()
    fail_if(name.startswith("#"), "a permanent table cannot be renamed to a name that begins with #")
    renamed, before = replace(table, name=name), session.catalogue
    fail_if(renamed.full_name in before.relations, f'Relation "{name}" already exists')
    if before.dependents(table) or any(c.identity for c in table.columns):
        raise Refused("renaming a table that has an identity column or views without late binding")
    session.connection.execute(f"ALTER TABLE {table.duck} RENAME TO {quote(name)}")
    session.catalogue = before.drop(table).put(renamed)
    session.change(
        grants=tuple({**g, "object": renamed.full_name} if g["object"] == table.full_name else g for g in before.grants)
    )


def _alter_column(session: Session, table: Relation, words: Words, sql: str) -> None:
    """A longer VARCHAR. "ALTER TABLE" lists what stands in the way."""
    refuse_if(not words.take("COLUMN"), f"ALTER TABLE ALTER {words.peek()}")
    column = table.column(words.name())
    refuse_if(words.peek() == "ENCODE", "ALTER COLUMN ENCODE")
    words.expect("TYPE")
    changed = replace(column, type=data_type(words))
    words.end()
    if not changed.type.name == column.type.name == "varchar":
        raise Refused("ALTER COLUMN TYPE of other than VARCHAR to VARCHAR")
    fail_if(session.in_block, "ALTER TABLE ALTER COLUMN cannot run inside a transaction block")
    for wrong, what in (
        (column.default, "a default value"),
        (column.keyed, "UNIQUE, PRIMARY KEY or FOREIGN KEY"),
        (column.encode in ("bytedict", "runlength", "text255", "text32k"), f"the encoding {column.encode}"),
    ):
        fail_if(wrong, f"cannot alter type of a column with {what}")
    refuse_if(changed.type.size < column.type.size, "narrowing a VARCHAR column")
    _put(session, table, column, changed)


_ALTERATIONS: tuple[tuple[str, Callable[[Session, Relation, Words, str], None]], ...] = (
    ("ADD", _add), ("DROP", _drop_column), ("RENAME TO", _rename), ("RENAME", _rename_column),
    ("ALTER", _alter_column),
)  # fmt: skip


# -------------------------------------------------------------------- TRUNCATE, LOCK, ANALYZE, COMMENT, VACUUM, SET


def truncate(session: Session, words: Words, sql: str) -> None:
    """Empties a table and commits, with all that the transaction did before it ("TRUNCATE")."""
    words.take("TABLE")
    table = session.catalogue.table(*words.relation())
    words.end()
    session.connection.execute(f"DELETE FROM {table.duck}")
    session.engine.commit(session)
    session.engine.begin(session)


def lock(session: Session, words: Words, sql: str) -> None:
    """The lock itself was taken before the transaction began (engine); here its tables must exist."""
    words.take("TABLE")
    for name in words.several(words.relation):
        session.catalogue.get(*name)
    words.end()


def analyze(session: Session, words: Words, sql: str) -> None:
    """ANALYZE changes no result here."""
    refuse_if(words.peek() in ("COMPRESSION", "VERBOSE"), f"ANALYZE {words.peek()}")
    if not words.done:
        session.catalogue.get(*words.relation())
    if words.peek() == "(":
        words.names()
    refuse_if(not words.done, f"ANALYZE ... {words.peek()}")


def comment(session: Session, words: Words, sql: str) -> None:
    """No view of ours shows comments: that what they are on exists is all there is to them."""
    words.expect("ON")
    kind = words.word().upper()
    refuse_if(kind not in ("TABLE", "VIEW", "COLUMN"), f"COMMENT ON {kind}")
    *parts, name = words.qualified()
    words.expect("IS")
    if not words.take("NULL"):
        words.string()
    words.end()
    if kind == "COLUMN":
        session.catalogue.get("".join(parts[:-1]), "".join(parts[-1:])).column(name)
    else:
        session.catalogue.get("".join(parts), name)


def vacuum(session: Session, words: Words, sql: str) -> None:
    """VACUUM changes no result here."""
    fail_if(session.in_block, "VACUUM cannot run inside a transaction block")
    refuse_if(words.peek() == "RECLUSTER", "VACUUM RECLUSTER")
    reindex = words.take("REINDEX")
    words.take("FULL") or words.take("SORT", "ONLY") or words.take("DELETE", "ONLY")
    if reindex or not (words.done or words.peek() == "BOOST"):
        session.catalogue.table(*words.relation())
        if words.take("TO"):
            words.integer()
            words.expect("PERCENT")
    words.take("BOOST")
    words.end()


# What may be set, since it changes no result here, and to which values.
_SETTINGS = {
    "application_name": ".*",
    "enable_result_cache_for_session": "on|off|true|false|default",
    "query_group": ".*",
    "statement_timeout": r"\d+|default",
}


def set_(session: Session, words: Words, sql: str) -> None:
    words.take("SESSION") or words.take("LOCAL")
    if (name := words.name()) not in _SETTINGS:
        raise Refused(f"SET {name}")
    if not words.take("TO"):
        words.expect("=")
    if not re.fullmatch(_SETTINGS[name], value := words.word(), re.IGNORECASE):
        raise SqlError(f'invalid value for parameter "{name}": "{value}"')
    words.end()


STATEMENTS |= {
    "CREATE": create, "DROP": drop, "ALTER": alter, "TRUNCATE": truncate, "LOCK": lock,
    "GRANT": access.grant, "REVOKE": access.revoke, "ANALYZE": analyze, "COMMENT": comment, "VACUUM": vacuum,
    "SET": set_,
}  # fmt: skip
