"""Statements that change the catalogue, and the small ones beside them (LOCK, TRUNCATE, GRANT, ANALYZE ...)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from . import access
from .catalogue import Relation, TableColumn, known
from .errors import Refused, SqlError
from .session import STATEMENTS, Outcome, Session
from .syntax import Words, parse
from .types import Type, from_ast, quote

if TYPE_CHECKING:
    from .binder import Query

# The types that an encoding is for ("Compression encodings").
_NUMBERS, _ANY = (
    "int2 int4 int8 numeric",
    "int2 int4 int8 numeric float4 float8 bool bpchar varchar date timestamp timestamptz",
)
ENCODINGS = {
    "az64": f"{_NUMBERS} date timestamp timestamptz",
    "bytedict": _ANY.replace("bool ", ""),
    "delta": f"{_NUMBERS} date timestamp",
    "delta32k": "int4 int8 numeric date timestamp",
    "lzo": f"{_NUMBERS} bpchar varchar date timestamp timestamptz",
    "mostly8": _NUMBERS,
    "mostly16": "int4 int8 numeric",
    "mostly32": "int8 numeric",
    "text255": "varchar",
    "text32k": "varchar",
    **dict.fromkeys(("raw", "runlength", "zstd"), _ANY),
}


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
    if temporary and schema:
        raise SqlError("cannot create temporary relation in non-temporary schema")
    known("schema", schema or "public", session.catalogue.schemas)
    return Relation("pg_temp" if temporary else schema or "public", name, (), temporary=temporary)


# -------------------------------------------------------------------- CREATE TABLE


def _create_table(session: Session, words: Words, sql: str, *, temporary: bool) -> Outcome | None:
    exists_ok = words.take("IF", "NOT", "EXISTS")
    table = _new(session, words, temporary=temporary or words.peek().startswith("#"))
    names: list[str] = []
    _limits(session, words, table.name)
    if words.peek() == "(":
        if words.peek(2) in (",", ")"):
            names = words.names()
        else:
            table = replace(table, columns=_definitions(session, words, sql))
    words.take("BACKUP", "YES") or words.take("BACKUP", "NO")
    given, query = _attributes(words), None
    if words.take("AS"):
        if table.columns or words.done:
            words.fail()
        query = parse(words.rest(sql))
    else:
        words.end()
        if names or not table.columns:
            raise SqlError("syntax error: a table needs columns with types")
    if table.full_name in session.catalogue.relations:
        if not exists_ok:
            raise SqlError(f'Relation "{table.name}" already exists')
        return None
    if query is None:
        make(session, _with_keys(table, given))
        return None
    bound = session.binder().query(query)
    made = make(session, _with_keys(replace(table, columns=_named(bound, names, nullable=True)), given))
    return Outcome(changed=session.run(f"INSERT INTO {made.duck} {bound.sql}"))


def _limits(session: Session, words: Words, name: str) -> None:
    """What concerns all that comes: one primary key, and foreign keys to tables that exist."""
    start, keys = words.at, 0
    while not words.done:
        keys += words.take("PRIMARY", "KEY")
        if words.take("REFERENCES") and (found := words.relation())[1] != name:
            session.catalogue.get(*found)
        words.at += 1
    words.at = start
    if keys > 1:
        raise SqlError(f'multiple primary keys for table "{name}" are not allowed')


def _definitions(session: Session, words: Words, sql: str) -> tuple[TableColumn, ...]:
    columns: list[TableColumn] = []
    keys: dict[str, bool] = {}  # the columns of keys, and whether that makes them NOT NULL

    def definition() -> None:
        if words.take("LIKE"):
            source = session.catalogue.get(*words.relation())
            defaults = words.take("INCLUDING", "DEFAULTS")
            words.take("EXCLUDING", "DEFAULTS")
            plain = (replace(c, identity=None, keyed=False) for c in source.columns)
            columns.extend(c if defaults else replace(c, default="") for c in plain)
        elif (found := _table_constraint(words)) is None:
            columns.append(_column(words, sql))
        else:
            names, primary = found
            keys.update((n, primary or keys.get(n, False)) for n in names)

    words.expect("(")
    words.several(definition)
    words.expect(")")
    for name in keys:
        known("column", name, [c.name for c in columns])
    for column in columns:
        _defaulted(session, column)
    if len(columns) > 1600:
        raise SqlError("tables can have at most 1600 columns")
    return _unique(tuple(_keyed(c, primary=keys[c.name]) if c.name in keys else c for c in columns))


def _keyed(column: TableColumn, *, primary: bool) -> TableColumn:
    """A column of a key. Keys inform the planner; Redshift does not enforce them, nor does this."""
    return replace(column, keyed=True, nullable=column.nullable and not primary)


def _defaulted(session: Session, column: TableColumn) -> None:
    """ "CREATE TABLE", DEFAULT: without columns and subqueries, and of the column's type."""
    if column.default and not column.identity:
        if parse(f"SELECT ({column.default})").find(exp.Subquery):
            raise SqlError("cannot use subquery in default expression")
        session.default(column, Relation("", "", ()), session.binder())


def _unique(columns: tuple[TableColumn, ...]) -> tuple[TableColumn, ...]:
    names = [c.name for c in columns]
    if twice := [n for n in names if names.count(n) > 1]:
        raise SqlError(f'column "{twice[0]}" duplicated')
    return columns


def _table_constraint(words: Words) -> tuple[list[str], bool] | None:
    """The columns of a key, and whether it is the primary one; None if no key stands here."""
    named = words.take("CONSTRAINT") and words.name()
    if words.take("PRIMARY", "KEY"):
        return words.names(), True
    if words.take("UNIQUE"):
        return words.names(), False
    if words.take("FOREIGN", "KEY"):
        names = words.names()
        words.expect("REFERENCES")
        _references(words)
        return names, False
    if named:
        words.fail()
    return None


def _references(words: Words) -> dict[str, Any]:
    words.relation()
    if words.peek() == "(":
        words.names()
    return {"keyed": True}


def _column(words: Words, sql: str) -> TableColumn:
    column = TableColumn(words.name(), _type(words))
    while words.peek() not in (",", ")") and not words.done:
        column = replace(column, **_column_attribute(words, sql))
    _encodable(column)
    return column


def _encodable(column: TableColumn) -> None:
    if column.encode and column.type.name not in ENCODINGS[column.encode].split():
        raise SqlError(f'invalid encoding type specified for column "{column.name}"')


def _type(words: Words) -> Type:
    """A data type, as many words as it takes."""
    text = words.word()
    while words.peek() in ("PRECISION", "VARYING", "WITHOUT", "WITH", "TIME", "ZONE"):
        text += " " + words.word()
    if words.take("("):
        text += f"({', '.join(words.several(words.word))})"
        words.expect(")")
        while words.peek() in ("WITHOUT", "WITH", "TIME", "ZONE"):
            text += " " + words.word()
    cast = parse(f"SELECT CAST(NULL AS {text})").expressions[0]
    if not isinstance(cast, exp.Cast):
        raise SqlError(f'type "{text}" does not exist')
    return from_ast(cast.args["to"])


def _column_attribute(words: Words, sql: str) -> dict[str, Any]:
    """The fields of :class:`TableColumn` that an attribute sets."""
    for phrase, read in _ATTRIBUTES:
        if words.take(*phrase.split()):
            return read(words, sql)
    if words.peek() in ("GENERATED", "COLLATE"):
        raise Refused(f"{words.peek()} for a column")
    words.fail()
    return {}


_ATTRIBUTES: tuple[tuple[str, Callable[[Words, str], dict[str, Any]]], ...] = (
    ("NOT NULL", lambda w, s: {"nullable": False}),
    ("PRIMARY KEY", lambda w, s: {"nullable": False, "keyed": True}),
    ("NULL", lambda w, s: {}),
    ("UNIQUE", lambda w, s: {"keyed": True}),
    ("REFERENCES", lambda w, s: _references(w)),
    ("DEFAULT", lambda w, s: {"default": _expression(w, s)}),
    ("IDENTITY", lambda w, s: {"identity": _identity(w), "nullable": False}),
    ("ENCODE", lambda w, s: {"encode": _encoding(w)}),
    ("DISTKEY", lambda w, s: {"distkey": True}),
    ("SORTKEY", lambda w, s: {"sortkey": 1}),
)
_ATTRIBUTE = {"GENERATED", "COLLATE"} | {phrase.split()[0] for phrase, _ in _ATTRIBUTES}


def _expression(words: Words, sql: str) -> str:
    """The text of an expression up to the next comma, parenthesis or column attribute at this level."""
    start, depth = words.at, 0
    while not words.done:
        word = words.peek()
        if depth == 0 and (word in (",", ")") or (word in _ATTRIBUTE and words.at > start)):
            break
        depth += (word == "(") - (word == ")")
        words.at += 1
    if start == words.at:
        words.fail()
    return sql[words.tokens[start].start : words.tokens[words.at - 1].end + 1]


def _encoding(words: Words) -> str:
    encoding = words.word().lower()
    if encoding not in ENCODINGS:
        raise SqlError(f'unrecognized encoding "{encoding}"')
    return encoding


def _identity(words: Words) -> tuple[int, int]:
    if not words.take("("):
        raise Refused("IDENTITY without its seed and step")
    if "-" in (words.peek(), words.peek(2)):
        raise Refused("IDENTITY with a negative seed or step")
    seed = words.integer()
    words.expect(",")
    step = words.integer()
    words.expect(")")
    return seed, step


@dataclass
class _Attributes:
    """What stands behind a table's columns. It changes no result; it is kept for PG_TABLE_DEF."""

    style: str = ""
    dist: list[str] = field(default_factory=list)
    sort: list[str] = field(default_factory=list)
    interleaved: bool = False


def _attributes(words: Words) -> _Attributes:
    """DISTSTYLE, DISTKEY, SORTKEY and ENCODE AUTO in any order."""
    found = _Attributes()
    while not words.done:
        if words.take("DISTSTYLE"):
            found.style = words.word().upper()
            if found.style not in ("AUTO", "EVEN", "KEY", "ALL"):
                raise SqlError(f'syntax error at or near "{found.style}"')
        elif words.take("DISTKEY"):
            found.dist = words.names()
        elif words.peek(words.peek() in ("COMPOUND", "INTERLEAVED")) == "SORTKEY":
            found.interleaved = words.take("INTERLEAVED")
            words.take("COMPOUND")
            words.expect("SORTKEY")
            found.sort = [] if words.take("AUTO") else words.names()
        elif not words.take("ENCODE", "AUTO"):
            break
    return found


def _with_keys(table: Relation, given: _Attributes) -> Relation:
    """The table with its attributes, if they and those of its columns agree."""
    columns = {c.name: c for c in table.columns}
    for name in (*given.dist, *given.sort):
        if name not in columns:
            raise SqlError(f'column "{name}" named in DISTKEY or SORTKEY does not exist')
    if given.sort and any(c.sortkey for c in table.columns):
        raise SqlError("a table has SORTKEY once")
    most = 8 if given.interleaved else 400
    if len(given.sort) > most:
        raise SqlError(f"a table has at most {most} {'INTERLEAVED ' if given.interleaved else ''}SORTKEY columns")
    for place, name in enumerate(given.sort, 1):  # interleaved ones alternate in sign ("PG_TABLE_DEF")
        columns[name] = replace(columns[name], sortkey=-place if given.interleaved and place % 2 else place)
    for name in given.dist:
        columns[name] = replace(columns[name], distkey=True)
    keys = sum(c.distkey for c in columns.values())
    if keys > 1 or (given.style and (given.style == "KEY") != bool(keys)):
        raise SqlError("a table has one DISTKEY column, and that with DISTSTYLE KEY")
    return replace(table, columns=tuple(columns.values()), diststyle="KEY" if keys else given.style or "AUTO")


def make(session: Session, table: Relation) -> Relation:
    """Create a table in DuckDB and in the catalogue. Keys are not enforced; NOT NULL is."""
    session.catalogue = session.catalogue.put(table)
    table = session.catalogue.relations[table.full_name]
    temp = "TEMP " if table.temporary else ""
    for column in table.columns:
        if column.identity:
            if column.type.name not in ("int4", "int8"):
                raise SqlError("identity column must be of type integer or bigint")
            seed, step = column.identity
            sequence = table.sequence(column)
            steps = f"START {seed} MINVALUE {seed} INCREMENT {step}"
            session.connection.execute(f"CREATE {temp}SEQUENCE {sequence} {steps}")
    columns = ", ".join(f"{quote(c.name)} {c.type.duck}{'' if c.nullable else ' NOT NULL'}" for c in table.columns)
    session.connection.execute(f"CREATE {temp}TABLE {table.duck} ({columns})")
    return table


def _named(bound: Query, names: list[str], *, nullable: bool = False) -> tuple[TableColumn, ...]:
    """The columns of a query, the first of them under these names."""
    if len(names) > len(bound.columns):
        raise SqlError("CREATE TABLE AS or VIEW specifies too many column names")
    labels = names + [c.name for c in bound.columns[len(names) :]]
    pairs = zip(labels, bound.columns, strict=True)
    return _unique(tuple(TableColumn(n, c.type, c.nullable or nullable) for n, c in pairs))


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
    if not isinstance(tree, exp.Query):
        raise SqlError("a view needs a query")
    if tree.find(exp.Placeholder):
        raise Refused("parameters in a view")
    view = replace(view, view=text, late_binding=late)
    if not late:
        view = _bound_view(session, tree, view, names)
    elif any(not t.db for t in tables_of(tree)):
        raise SqlError("All the relation names inside should be qualified when creating VIEW WITH NO SCHEMA BINDING.")
    elif names:
        raise Refused("a column list for a view WITH NO SCHEMA BINDING")
    known = session.catalogue.relations.get(view.full_name)
    if known is not None:
        if not replaced:
            raise SqlError(f'Relation "{view.name}" already exists')
        if not known.view:
            raise SqlError(f'"{view.name}" is not a view')
        _same_columns(known, view)
    session.catalogue = session.catalogue.put(view)


def tables_of(tree: exp.Expr) -> list[exp.Table]:
    ctes = {c.alias.lower() for c in tree.find_all(exp.CTE)}
    return [t for t in tree.find_all(exp.Table) if t.db or t.name.lower() not in ctes]


def _bound_view(session: Session, tree: exp.Expr, view: Relation, names: list[str]) -> Relation:
    columns = _named(session.binder().query(tree), names)
    found = [session.catalogue.find(t.db.lower(), t.name.lower()) for t in tables_of(tree)]
    if any(r and r.temporary for r in found):
        raise Refused("a view of a temporary table")
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
    name = words.name()
    if words.take("AUTHORIZATION"):
        words.name()
    if words.peek() == "QUOTA":
        raise Refused("CREATE SCHEMA with QUOTA")
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
    if kind not in ("TABLE", "VIEW", *_DROPS):
        raise Refused(f"DROP {kind}")
    missing_ok = words.take("IF", "EXISTS")
    names = words.several(words.relation if kind in ("TABLE", "VIEW") else lambda: ("", words.role()))
    cascade = words.take("CASCADE")
    words.take("RESTRICT")
    words.end()
    for schema, name in names:
        here = session.catalogue
        known = {"SCHEMA": here.schemas, "USER": here.users, "ROLE": here.roles}.get(kind)
        found = here.find(schema, name) if known is None else None
        if found is None and name not in (known or ()):
            if not missing_ok:
                raise SqlError(f'{kind.lower()} "{name}" does not exist')
        elif found is None:
            _DROPS[kind](session, name, cascade)
        elif bool(found.view) != (kind == "VIEW"):
            raise SqlError(f'"{name}" is not a {kind.lower()}')
        else:
            remove(session, found, cascade=cascade)


def remove(session: Session, found: Relation, *, cascade: bool) -> None:
    for dependent in session.catalogue.dependents(found):
        if not cascade:
            raise SqlError(f"cannot drop table {found.name} because other objects depend on it")
        if dependent.full_name in session.catalogue.relations:
            remove(session, dependent, cascade=True)
    if not found.view:
        session.connection.execute(f"DROP TABLE {found.duck}")
        for column in found.columns:
            if column.identity:
                session.connection.execute(f"DROP SEQUENCE {found.sequence(column)}")
    session.catalogue = session.catalogue.drop(found)


def _drop_schema(session: Session, name: str, cascade: bool) -> None:
    if name == "public":
        raise Refused("DROP SCHEMA public")
    for relation in list(session.catalogue):
        if relation.schema == name and relation.full_name in session.catalogue.relations:
            if not cascade:
                raise SqlError(f"cannot drop schema {name} because other objects depend on it")
            remove(session, relation, cascade=True)
    session.connection.execute(f"DROP SCHEMA {quote(name)}")
    session.change(schemas=tuple(s for s in session.catalogue.schemas if s != name))


_DROPS: dict[str, Callable[[Session, str, bool], None]] = {
    "SCHEMA": _drop_schema, "USER": access.drop_user, "ROLE": access.drop_role
}  # fmt: skip


# -------------------------------------------------------------------- ALTER TABLE


def alter(session: Session, words: Words, sql: str) -> None:
    if not words.take("TABLE"):
        raise Refused(f"ALTER {words.peek()}")
    table = session.catalogue.get(*words.relation())
    if table.view:
        raise Refused("ALTER TABLE of a view")
    for phrase, change in _ALTERATIONS:
        if words.take(*phrase.split()):
            return change(session, table, words, sql)
    raise Refused(f"ALTER TABLE {words.peek()} {words.peek(1)}")


def _put(session: Session, table: Relation, old: TableColumn, *new: TableColumn) -> Relation:
    """The table with a column replaced."""
    changed = replace(table, columns=tuple(n for c in table.columns for n in (new if c == old else (c,))))
    session.catalogue = session.catalogue.put(changed)
    return changed


def _absent(table: Relation, name: str) -> None:
    if any(c.name == name for c in table.columns):
        raise SqlError(f'column "{name}" of relation "{table.name}" already exists')


def _add(session: Session, table: Relation, words: Words, sql: str) -> None:
    key = _table_constraint(words)
    if key is not None:
        words.end()
        for column in map(table.column, key[0]):
            if key[1] and column.nullable:
                raise SqlError("cannot add a primary key to a nullable column")
            table = _put(session, table, column, _keyed(column, primary=key[1]))
        return
    words.take("COLUMN")
    column = _column(words, sql)
    words.end()
    if column.identity or column.distkey or column.sortkey or column.keyed:
        raise SqlError("ALTER TABLE ADD COLUMN takes no IDENTITY, DISTKEY, SORTKEY or key")
    _absent(table, column.name)
    _defaulted(session, column)
    if not column.nullable and not column.default:
        raise SqlError("ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression")
    name = quote(column.name)
    session.connection.execute(f"ALTER TABLE {table.duck} ADD COLUMN {name} {column.type.duck}")
    if column.default:
        value = session.default(column, table, session.binder())
        session.connection.execute(f"UPDATE {table.duck} SET {name} = {value}")
    session.catalogue = session.catalogue.put(replace(table, columns=(*table.columns, column)))


def _drop_column(session: Session, table: Relation, words: Words, sql: str) -> None:
    if words.peek() == "CONSTRAINT":
        raise Refused("ALTER TABLE DROP CONSTRAINT")
    words.take("COLUMN")
    column = table.column(words.name())
    cascade = words.take("CASCADE")
    words.take("RESTRICT")
    words.end()
    if len(table.columns) == 1 or column.distkey or column.sortkey:
        raise SqlError("cannot drop the only column of a table, nor its distribution key or a sort key")
    if column.keyed:
        raise Refused("dropping a column of a PRIMARY KEY, UNIQUE or FOREIGN KEY")
    for dependent in session.catalogue.dependents(table):
        if not cascade:
            raise SqlError(f"cannot drop table {table.name} column {column.name} because other objects depend on it")
        remove(session, dependent, cascade=True)
    session.connection.execute(f"ALTER TABLE {table.duck} DROP COLUMN {quote(column.name)}")
    _put(session, table, column)


def _rename_column(session: Session, table: Relation, words: Words, sql: str) -> None:
    words.take("COLUMN")
    column = table.column(words.name())
    words.expect("TO")
    name = words.name()
    words.end()
    _absent(table, name)
    if session.catalogue.dependents(table):
        raise Refused("renaming a column that a view without late binding uses")
    session.connection.execute(f"ALTER TABLE {table.duck} RENAME COLUMN {quote(column.name)} TO {quote(name)}")
    _put(session, table, column, replace(column, name=name))


def _rename(session: Session, table: Relation, words: Words, sql: str) -> None:
    name = words.name()
    words.end()
    if name.startswith("#"):
        raise SqlError("a permanent table cannot be renamed to a name that begins with #")
    renamed, before = replace(table, name=name), session.catalogue
    if renamed.full_name in before.relations:
        raise SqlError(f'Relation "{name}" already exists')
    if before.dependents(table) or any(c.identity for c in table.columns):
        raise Refused("renaming a table that has an identity column or views without late binding")
    session.connection.execute(f"ALTER TABLE {table.duck} RENAME TO {quote(name)}")
    session.catalogue = before.drop(table).put(renamed)
    session.change(
        grants=tuple({**g, "object": renamed.full_name} if g["object"] == table.full_name else g for g in before.grants)
    )


def _alter_column(session: Session, table: Relation, words: Words, sql: str) -> None:
    if not words.take("COLUMN") and words.peek() in ("SORTKEY", "COMPOUND", "DISTKEY", "DISTSTYLE", "ENCODE"):
        raise Refused(f"ALTER TABLE ALTER {words.peek()}")
    column = table.column(words.name())
    if words.take("ENCODE"):
        changed = replace(column, encode=_encoding(words))
        _encodable(changed)
        if column.encode == changed.encode or any(c.sortkey < 0 for c in table.columns):
            what = "to the encoding that it has, nor in a table with an interleaved SORTKEY"
            raise SqlError(f"cannot alter a column {what}")
    else:
        words.expect("TYPE")
        changed = replace(column, type=_type(words))
        if not changed.type.name == column.type.name == "varchar":
            raise Refused("ALTER COLUMN TYPE of other than VARCHAR to VARCHAR")
        if session.in_block:
            raise SqlError("ALTER TABLE ALTER COLUMN cannot run inside a transaction block")
        if column.default or column.keyed:
            what = "a default value" if column.default else "UNIQUE, PRIMARY KEY or FOREIGN KEY"
            raise SqlError(f"cannot alter type of a column with {what}")
        if column.encode in ("bytedict", "runlength", "text255", "text32k"):
            raise SqlError(f"cannot alter type of a column with the encoding {column.encode}")
        if changed.type.size < column.type.size:
            raise Refused("narrowing a VARCHAR column")
    words.end()
    _put(session, table, column, changed)


_ALTERATIONS: tuple[tuple[str, Callable[[Session, Relation, Words, str], None]], ...] = (
    ("ADD", _add), ("DROP", _drop_column), ("RENAME TO", _rename), ("RENAME", _rename_column),
    ("ALTER", _alter_column),
)  # fmt: skip


# -------------------------------------------------------------------- TRUNCATE, LOCK, COMMENT, ANALYZE, SET


def truncate(session: Session, words: Words, sql: str) -> None:
    """Empties a table and commits, with all that the transaction did before it ("TRUNCATE")."""
    words.take("TABLE")
    table = session.catalogue.get(*words.relation())
    words.end()
    if table.view:
        raise SqlError(f'"{table.name}" is not a table')
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
    if words.peek() in ("COMPRESSION", "VERBOSE"):
        raise Refused(f"ANALYZE {words.peek()}")
    if not words.done:
        session.catalogue.get(*words.relation())
    if words.peek() == "(":
        words.names()
    if not words.done:
        raise Refused(f"ANALYZE ... {words.peek()}")


def comment(session: Session, words: Words, sql: str) -> None:
    """No view of ours shows comments: that what they are on exists is all there is to them."""
    words.expect("ON")
    kind = words.word().upper()
    if kind not in ("TABLE", "VIEW", "COLUMN"):
        raise Refused(f"COMMENT ON {kind}")
    *parts, name = words.qualified()
    words.expect("IS")
    if not words.take("NULL"):
        words.string()
    if kind == "COLUMN":
        session.catalogue.get("".join(parts[:-1]), "".join(parts[-1:])).column(name)
    else:
        session.catalogue.get("".join(parts), name)


STATEMENTS |= {
    "CREATE": create, "DROP": drop, "ALTER": alter, "TRUNCATE": truncate, "LOCK": lock,
    "GRANT": access.grant, "REVOKE": access.revoke, "ANALYZE": analyze, "COMMENT": comment,
}  # fmt: skip
