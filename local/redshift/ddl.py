"""Statements that change the catalogue, and the small ones beside them (LOCK, TRUNCATE, GRANT, ANALYZE ...)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlglot import exp

from . import access
from .binder import Query, quote
from .catalogue import Relation, TableColumn
from .errors import Refused, SqlError
from .session import Outcome, Session
from .syntax import Words, parse
from .types import Type, from_ast

Handler = Callable[[Session, Words, str], Outcome]
DONE = Outcome()
ENCODINGS = {
    "raw", "az64", "bytedict", "delta", "delta32k", "lzo", "mostly8", "mostly16", "mostly32", "runlength",
    "text255", "text32k", "zstd", "auto", "none",
}  # fmt: skip


def _type(words: Words) -> Type:
    """A data type, as many words as it takes."""
    text = words.word()
    while words.peek() in ("PRECISION", "VARYING", "WITHOUT", "WITH", "TIME", "ZONE"):
        text += " " + words.word()
    if words.take("("):
        sizes = [words.word()]
        while words.take(","):
            sizes.append(words.word())
        words.expect(")")
        text += f"({', '.join(sizes)})"
        while words.peek() in ("WITHOUT", "WITH", "TIME", "ZONE"):
            text += " " + words.word()
    cast = parse(f"SELECT CAST(NULL AS {text})").expressions[0]
    if not isinstance(cast, exp.Cast):
        raise SqlError(f'type "{text}" does not exist')
    return from_ast(cast.args["to"])


def _expression(words: Words, sql: str) -> str:
    """The text of an expression up to the next comma, parenthesis or column attribute at this level."""
    start, depth = words.at, 0
    while not words.done:
        word = words.peek()
        if depth == 0 and words.at > start and (word in (",", ")") or word in _ATTRIBUTES):
            break
        depth += (word == "(") - (word == ")")
        words.at += 1
    if start == words.at:
        words.fail()
    return sql[words.tokens[start].start : words.tokens[words.at - 1].end + 1]


_ATTRIBUTES = {
    "DEFAULT", "IDENTITY", "GENERATED", "ENCODE", "DISTKEY", "SORTKEY", "NOT", "NULL", "PRIMARY", "UNIQUE",
    "REFERENCES", "COLLATE",
}  # fmt: skip


# -------------------------------------------------------------------- CREATE TABLE


@dataclass
class _Table:
    columns: list[TableColumn]
    diststyle: str = "AUTO"


def create(session: Session, words: Words, sql: str) -> Outcome:
    words.expect("CREATE")
    replaced = words.take("OR", "REPLACE")
    words.take("LOCAL")
    temporary = words.take("TEMP") or words.take("TEMPORARY")
    if words.take("TABLE"):
        if replaced:
            words.fail()
        return _create_table(session, words, sql, temporary=temporary)
    if words.take("VIEW"):
        return _create_view(session, words, sql, replaced=replaced)
    if temporary or replaced:
        raise Refused(f"CREATE {'OR REPLACE ' if replaced else 'TEMP '}{words.peek()}")
    if words.take("SCHEMA"):
        return _create_schema(session, words)
    if words.take("USER"):
        return access.create_user(session, words)
    if words.take("ROLE"):
        return access.create_role(session, words)
    if words.done:
        words.fail()
    raise Refused(f"CREATE {words.peek()}")


def _new_name(session: Session, words: Words, *, temporary: bool) -> tuple[str, str]:
    name = words.qualified()
    if len(name) > 2:
        raise Refused("names with a database")
    if temporary:
        if len(name) > 1:
            raise SqlError("cannot create temporary relation in non-temporary schema")
        return "pg_temp", name[0]
    schema = name[0] if len(name) == 2 else "public"
    if schema not in session.catalogue.schemas:
        raise SqlError(f'schema "{schema}" does not exist')
    return schema, name[-1]


def _create_table(session: Session, words: Words, sql: str, *, temporary: bool) -> Outcome:
    exists_ok = words.take("IF", "NOT", "EXISTS")
    if words.peek().startswith("#"):
        temporary = True
    schema, name = _new_name(session, words, temporary=temporary)
    known = session.catalogue.relations.get(f"{schema}.{name}")
    names: list[str] = []
    table = _Table([])
    if words.peek() == "(":
        if words.peek(2) in (",", ")"):
            names = words.names()
        else:
            table = _definitions(session, words, sql)
    words.take("BACKUP", "YES") or words.take("BACKUP", "NO")
    _attributes(words, table)
    if words.take("AS"):
        text = sql[words.tokens[words.at].start :] if not words.done else ""
        if table.columns:
            words.fail()
        if known and exists_ok:
            return DONE
        return create_from(session, schema, name, session.binder().query(parse(_unwrapped(text))), names, table)
    words.end()
    if names or not table.columns:
        raise SqlError("syntax error: a table needs columns with types")
    if known is not None:
        if exists_ok:
            return DONE
        raise SqlError(f'Relation "{name}" already exists')
    make(
        session,
        Relation(
            schema, name, tuple(table.columns), temporary=temporary, diststyle=table.diststyle, owner=session.user
        ),
    )
    return DONE


def _unwrapped(text: str) -> str:
    return text.strip().rstrip(";")


def _definitions(session: Session, words: Words, sql: str) -> _Table:
    table = _Table([])
    words.expect("(")
    while True:
        if words.take("LIKE"):
            source = session.catalogue.get(*words.relation())
            defaults = words.take("INCLUDING", "DEFAULTS")
            words.take("EXCLUDING", "DEFAULTS")
            for c in source.columns:
                table.columns.append(replace(c, default=c.default if defaults else "", identity=None))
        elif words.peek() in ("PRIMARY", "UNIQUE", "FOREIGN", "CONSTRAINT"):
            _table_constraint(words)
        else:
            table.columns.append(_column(words, sql, table))
        if not words.take(","):
            break
    words.expect(")")
    names = [c.name for c in table.columns]
    for name in names:
        if names.count(name) > 1:
            raise SqlError(f'column "{name}" duplicated')
    return table


def _table_constraint(words: Words) -> None:
    """Keys inform the planner; Redshift does not enforce them, and neither does this."""
    if words.take("CONSTRAINT"):
        words.name()
    if words.take("PRIMARY", "KEY") or words.take("UNIQUE"):
        words.names()
        return
    words.expect("FOREIGN", "KEY")
    words.names()
    _references(words)


def _references(words: Words) -> None:
    words.expect("REFERENCES")
    words.qualified()
    if words.peek() == "(":
        words.names()


def _column(words: Words, sql: str, table: _Table) -> TableColumn:
    column = TableColumn(words.name(), _type(words))
    while words.peek() not in (",", ")") and not words.done:
        column = _column_attribute(words, sql, column, table)
    return column


def _column_attribute(words: Words, sql: str, column: TableColumn, table: _Table) -> TableColumn:
    if words.take("NOT", "NULL") or words.take("PRIMARY", "KEY"):
        return replace(column, nullable=False)
    if words.take("DEFAULT"):
        return replace(column, default=_expression(words, sql))
    if words.take("IDENTITY"):
        return replace(column, identity=_identity(words), nullable=False)
    if words.take("GENERATED", "BY", "DEFAULT", "AS", "IDENTITY"):
        return replace(column, identity=_identity(words), identity_by_default=True, nullable=False)
    if words.take("ENCODE"):
        return replace(column, encode=_encoding(words))
    if words.take("DISTKEY"):
        table.diststyle = "KEY"
        return replace(column, distkey=True)
    if words.take("SORTKEY"):
        return replace(column, sortkey=1)
    _without_effect(words)
    return column


def _encoding(words: Words) -> str:
    encoding = words.name()
    if encoding not in ENCODINGS:
        raise SqlError(f'unrecognized encoding "{encoding}"')
    return encoding


def _without_effect(words: Words) -> None:
    if words.take("NULL") or words.take("UNIQUE"):
        return
    if words.peek() == "REFERENCES":
        _references(words)
    elif words.take("COLLATE"):
        if not (words.take("CASE_SENSITIVE") or words.take("CS")):
            raise Refused(f"COLLATE {words.peek()}")
    else:
        words.fail()


def _identity(words: Words) -> tuple[int, int]:
    if words.peek() != "(":
        raise Refused("IDENTITY without its seed and step")
    words.expect("(")
    seed = words.integer()
    words.expect(",")
    step = words.integer()
    words.expect(")")
    return seed, step


def _attributes(words: Words, table: _Table) -> None:
    """DISTSTYLE, DISTKEY, SORTKEY, ENCODE AUTO in any order. They change no result; they are kept for PG_TABLE_DEF."""
    while not words.done:
        if words.take("DISTSTYLE"):
            table.diststyle = words.word().upper()
            if table.diststyle not in ("AUTO", "EVEN", "KEY", "ALL"):
                raise SqlError(f'syntax error at or near "{table.diststyle}"')
        elif words.take("DISTKEY"):
            [name] = words.names()
            if table.columns and name not in {c.name for c in table.columns}:
                raise SqlError(f'column "{name}" named in DISTKEY does not exist')
            table.diststyle = "KEY"
            table.columns = [replace(c, distkey=True) if c.name == name else c for c in table.columns]
        elif words.take("COMPOUND", "SORTKEY") or words.take("INTERLEAVED", "SORTKEY") or words.take("SORTKEY"):
            if words.take("AUTO"):
                continue
            keys = words.names()
            if table.columns and not set(keys) <= {c.name for c in table.columns}:
                raise SqlError(
                    f'column "{(set(keys) - {c.name for c in table.columns}).pop()}" named in SORTKEY does not exist'
                )
            table.columns = [replace(c, sortkey=keys.index(c.name) + 1) if c.name in keys else c for c in table.columns]
        elif not words.take("ENCODE", "AUTO"):
            return


def make(session: Session, table: Relation) -> Relation:
    """Create a table in DuckDB and in the catalogue. Keys are not enforced; NOT NULL is."""
    session.catalogue = session.catalogue.put(table)
    table = session.catalogue.relations[table.full_name]
    temp = "TEMP " if table.temporary else ""
    for column in table.columns:
        if column.identity:
            if not column.type.is_integer or column.type.name == "int2":
                raise SqlError("identity column must be of type integer or bigint")
            seed, step = column.identity
            sequence = replace(table, name=f"{table.name}:{table.id}:{column.name}").duck
            session.connection.execute(f"CREATE {temp}SEQUENCE {sequence} START {seed} INCREMENT {step}")
    columns = ", ".join(f"{quote(c.name)} {c.type.duck}{'' if c.nullable else ' NOT NULL'}" for c in table.columns)
    session.connection.execute(f"CREATE {temp}TABLE {table.duck} ({columns})")
    return table


def create_from(session: Session, schema: str, name: str, bound: Query, names: list[str], table: _Table) -> Outcome:
    """CREATE TABLE AS: the query's columns and rows, all nullable."""
    if f"{schema}.{name}" in session.catalogue.relations:
        raise SqlError(f'Relation "{name}" already exists')
    if len(names) > len(bound.columns):
        raise SqlError("CREATE TABLE AS specifies too many column names")
    labels = names + [c.name for c in bound.columns[len(names) :]]
    if len(set(labels)) < len(labels):
        raise SqlError(f'column "{next(n for n in labels if labels.count(n) > 1)}" duplicated')
    columns = tuple(TableColumn(n, c.type) for n, c in zip(labels, bound.columns, strict=True))
    made = make(
        session,
        Relation(schema, name, columns, temporary=schema == "pg_temp", diststyle=table.diststyle, owner=session.user),
    )
    return Outcome(changed=session.run(f"INSERT INTO {made.duck} {bound.sql}"))


def select_into(session: Session, tree: exp.Expr) -> Outcome:
    into = tree.args["into"]
    tree.set("into", None)
    target = into.this
    temporary = bool(into.args.get("temporary")) or target.name.startswith("#")
    schema = "pg_temp" if temporary else target.db.lower() or "public"
    if not temporary and schema not in session.catalogue.schemas:
        raise SqlError(f'schema "{schema}" does not exist')
    return create_from(session, schema, target.name.lower(), session.binder().query(tree), [], _Table([]))


# -------------------------------------------------------------------- views, schemas, users


def _create_view(session: Session, words: Words, sql: str, *, replaced: bool) -> Outcome:
    schema, name = _new_name(session, words, temporary=False)
    names = words.names() if words.peek() == "(" else []
    words.expect("AS")
    if words.done:
        words.fail()
    start, end = words.tokens[words.at].start, len(sql)
    late = [t.text.upper() for t in words.tokens[-4:]] == ["WITH", "NO", "SCHEMA", "BINDING"]
    if late:
        end = words.tokens[-4].start
    text = _unwrapped(sql[start:end])
    tree = parse(text)
    if not isinstance(tree, exp.Query) or tree.args.get("into"):
        raise SqlError("a view needs a query")
    if tree.find(exp.Placeholder):
        raise Refused("parameters in a view")
    view = Relation(schema, name, (), view=text, late_binding=late, owner=session.user)
    view = _late_binding(tree, view, names) if late else _bound_view(session, tree, view, names)
    known = session.catalogue.relations.get(view.full_name)
    if known is not None:
        if not replaced:
            raise SqlError(f'Relation "{name}" already exists')
        if not known.view:
            raise SqlError(f'"{name}" is not a view')
        _same_columns(known, view)
    session.catalogue = session.catalogue.put(view)
    return DONE


def _tables_of(tree: exp.Expr) -> list[exp.Table]:
    ctes = {c.alias.lower() for c in tree.find_all(exp.CTE)}
    return [t for t in tree.find_all(exp.Table) if t.db or t.name.lower() not in ctes]


def _late_binding(tree: exp.Expr, view: Relation, names: list[str]) -> Relation:
    """WITH NO SCHEMA BINDING: nothing is looked up before the view is used; every table needs its schema."""
    if any(not t.db for t in _tables_of(tree)):
        raise SqlError("All the relation names inside should be qualified when creating VIEW WITH NO SCHEMA BINDING.")
    if names:
        raise Refused("a column list for a view WITH NO SCHEMA BINDING")
    return view


def _bound_view(session: Session, tree: exp.Expr, view: Relation, names: list[str]) -> Relation:
    bound = session.binder().query(tree)
    labels = names + [c.name for c in bound.columns[len(names) :]]
    if len(set(labels)) < len(labels) or len(names) > len(bound.columns):
        raise SqlError(f'column "{next((n for n in labels if labels.count(n) > 1), labels[-1])}" duplicated')
    columns = tuple(TableColumn(n, c.type, c.nullable) for n, c in zip(labels, bound.columns, strict=True))
    found = [session.catalogue.find(t.db.lower(), t.name.lower()) for t in _tables_of(tree)]
    if any(r and r.temporary for r in found):
        raise Refused("a view of a temporary table")
    return replace(view, columns=columns, uses=tuple(sorted({r.full_name for r in found if r})))


def _same_columns(old: Relation, new: Relation) -> None:
    """ "CREATE VIEW": OR REPLACE only with the same columns, names and types."""
    if old.late_binding or new.late_binding:
        return
    if len(old.columns) != len(new.columns):
        raise SqlError(
            "cannot drop columns from view"
            if len(new.columns) < len(old.columns)
            else "cannot change number of columns in view"
        )
    for a, b in zip(old.columns, new.columns, strict=True):
        if a.name != b.name:
            raise SqlError(f'cannot change name of view column "{a.name}"')
        if a.type != b.type:
            raise SqlError(f'cannot change data type of view column "{a.name}"')


def _create_schema(session: Session, words: Words) -> Outcome:
    exists_ok = words.take("IF", "NOT", "EXISTS")
    name = words.name()
    if words.take("AUTHORIZATION"):
        words.name()
    words.end()
    if name in session.catalogue.schemas:
        if exists_ok:
            return DONE
        raise SqlError(f'schema "{name}" already exists')
    if name.startswith("pg_") or name in ("main", "_rs", "information_schema"):
        raise SqlError(f'unacceptable schema name "{name}"')
    session.connection.execute(f"CREATE SCHEMA {quote(name)}")
    session.catalogue = replace(session.catalogue, schemas=(*session.catalogue.schemas, name))
    return DONE


# -------------------------------------------------------------------- DROP, ALTER, TRUNCATE, LOCK


def drop(session: Session, words: Words, sql: str) -> Outcome:
    words.expect("DROP")
    kind = words.word().upper()
    if kind not in ("TABLE", "VIEW", "SCHEMA", "USER", "ROLE"):
        raise Refused(f"DROP {kind}")
    missing_ok = words.take("IF", "EXISTS")
    names = [words.relation() if kind in ("TABLE", "VIEW") else ("", words.role())]
    while words.take(","):
        names.append(words.relation() if kind in ("TABLE", "VIEW") else ("", words.role()))
    cascade = words.take("CASCADE")
    words.take("RESTRICT")
    words.end()
    for name in names:
        _DROPS[kind](session, name, kind, missing_ok, cascade)
    return DONE


def _drop_relation(session: Session, name: tuple[str, ...], kind: str, missing_ok: bool, cascade: bool) -> None:
    found = session.catalogue.find(*name)
    if found is None:
        if missing_ok:
            return
        raise SqlError(f'{kind.lower()} "{name[-1]}" does not exist')
    if bool(found.view) != (kind == "VIEW"):
        raise SqlError(f'"{found.name}" is not a {kind.lower()}')
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
                sequence = replace(found, name=f"{found.name}:{found.id}:{column.name}").duck
                session.connection.execute(f"DROP SEQUENCE {sequence}")
    session.catalogue = session.catalogue.drop(found)


def _drop_schema(session: Session, name: tuple[str, ...], kind: str, missing_ok: bool, cascade: bool) -> None:
    if name[-1] not in session.catalogue.schemas:
        if missing_ok:
            return
        raise SqlError(f'schema "{name[-1]}" does not exist')
    if name[-1] == "public":
        raise Refused("DROP SCHEMA public")
    for relation in list(session.catalogue):
        if relation.schema == name[-1] and relation.full_name in session.catalogue.relations:
            if not cascade:
                raise SqlError(f"cannot drop schema {name[-1]} because other objects depend on it")
            remove(session, relation, cascade=True)
    session.connection.execute(f"DROP SCHEMA {quote(name[-1])}")
    kept = tuple(s for s in session.catalogue.schemas if s != name[-1])
    session.catalogue = replace(session.catalogue, schemas=kept)


_DROPS = {
    "TABLE": _drop_relation,
    "VIEW": _drop_relation,
    "SCHEMA": _drop_schema,
    "USER": access.drop_user,
    "ROLE": access.drop_role,
}


def alter(session: Session, words: Words, sql: str) -> Outcome:
    words.expect("ALTER")
    if not words.take("TABLE"):
        raise Refused(f"ALTER {words.peek()}")
    table = session.catalogue.get(*words.relation())
    if table.view:
        raise Refused("ALTER TABLE of a view")
    for phrase, change in _ALTERATIONS:
        if words.take(*phrase.split()):
            return change(session, table, words, sql)
    raise Refused(f"ALTER TABLE {words.peek()} {words.peek(1)}")


def _add(session: Session, table: Relation, words: Words, sql: str) -> Outcome:
    if words.peek() in ("PRIMARY", "UNIQUE", "FOREIGN", "CONSTRAINT"):
        _table_constraint(words)
        words.end()
        return DONE
    words.take("COLUMN")
    return _add_column(session, table, words, sql)


def _without_constraint(session: Session, table: Relation, words: Words, sql: str) -> Outcome:
    raise Refused("ALTER TABLE DROP CONSTRAINT")


def _owner(session: Session, table: Relation, words: Words, sql: str) -> Outcome:
    session.catalogue = session.catalogue.put(replace(table, owner=words.name()))
    words.end()
    return DONE


def _add_column(session: Session, table: Relation, words: Words, sql: str) -> Outcome:
    column = _column(words, sql, _Table([]))
    words.end()
    if column.identity or column.distkey or column.sortkey:
        raise Refused("ALTER TABLE ADD COLUMN with IDENTITY, DISTKEY or SORTKEY")
    if any(c.name == column.name for c in table.columns):
        raise SqlError(f'column "{column.name}" of relation "{table.name}" already exists')
    if not column.nullable and not column.default:
        raise SqlError("ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression")
    name = quote(column.name)
    session.connection.execute(f"ALTER TABLE {table.duck} ADD COLUMN {name} {column.type.duck}")
    changed = session.catalogue.put(replace(table, columns=(*table.columns, column)))
    if column.default:
        value = session.default(column, table, session.binder())
        session.connection.execute(f"UPDATE {table.duck} SET {name} = {value}")
    session.catalogue = changed
    return DONE


def _drop_column(session: Session, table: Relation, words: Words, sql: str) -> Outcome:
    column = table.column(words.name())
    cascade = words.take("CASCADE")
    words.take("RESTRICT")
    words.end()
    if len(table.columns) == 1:
        raise SqlError("cannot drop the only column of a table")
    for dependent in session.catalogue.dependents(table):
        if not cascade:
            raise SqlError(f"cannot drop table {table.name} column {column.name} because other objects depend on it")
        remove(session, dependent, cascade=True)
    session.connection.execute(f"ALTER TABLE {table.duck} DROP COLUMN {quote(column.name)}")
    session.catalogue = session.catalogue.put(replace(table, columns=tuple(c for c in table.columns if c != column)))
    return DONE


def _rename_column(session: Session, table: Relation, words: Words, sql: str) -> Outcome:
    column = table.column(words.name())
    words.expect("TO")
    name = words.name()
    words.end()
    if any(c.name == name for c in table.columns):
        raise SqlError(f'column "{name}" of relation "{table.name}" already exists')
    if session.catalogue.dependents(table):
        raise Refused("renaming a column that a view without late binding uses")
    session.connection.execute(f"ALTER TABLE {table.duck} RENAME COLUMN {quote(column.name)} TO {quote(name)}")
    columns = tuple(replace(c, name=name) if c == column else c for c in table.columns)
    session.catalogue = session.catalogue.put(replace(table, columns=columns))
    return DONE


def _rename(session: Session, table: Relation, words: Words, sql: str) -> Outcome:
    name = words.name()
    words.end()
    if f"{table.schema}.{name}" in session.catalogue.relations:
        raise SqlError(f'Relation "{name}" already exists')
    if session.catalogue.dependents(table) or any(c.identity for c in table.columns):
        raise Refused("renaming a table that has an identity column or views without late binding")
    session.connection.execute(f"ALTER TABLE {table.duck} RENAME TO {quote(name)}")
    grants = tuple(
        {**g, "object": f"{table.schema}.{name}"} if g["object"] == table.full_name else g
        for g in session.catalogue.grants
    )
    session.catalogue = replace(session.catalogue.drop(table).put(replace(table, name=name)), grants=grants)
    return DONE


def _alter_column(session: Session, table: Relation, words: Words, sql: str) -> Outcome:
    if not words.take("COLUMN") and words.peek() in ("SORTKEY", "COMPOUND", "DISTKEY", "DISTSTYLE", "ENCODE"):
        raise Refused(f"ALTER TABLE ALTER {words.peek()}")
    column = table.column(words.name())
    if words.take("ENCODE"):
        changed = replace(column, encode=words.name())
    else:
        words.expect("TYPE")
        target = _type(words)
        if target.name != "varchar" or column.type.name != "varchar":
            raise Refused("ALTER COLUMN TYPE of other than VARCHAR to VARCHAR")
        if column.default:
            raise SqlError("cannot alter type of a column with a default value")
        if target.size < column.type.size:
            raise Refused("narrowing a VARCHAR column")
        changed = replace(column, type=target)
    words.end()
    columns = tuple(changed if c == column else c for c in table.columns)
    session.catalogue = session.catalogue.put(replace(table, columns=columns))
    return DONE


Change = Callable[[Session, Relation, Words, str], Outcome]
_ALTERATIONS: tuple[tuple[str, Change], ...] = (
    ("ADD", _add),
    ("DROP CONSTRAINT", _without_constraint),
    ("DROP COLUMN", _drop_column),
    ("DROP", _drop_column),
    ("RENAME TO", _rename),
    ("RENAME COLUMN", _rename_column),
    ("RENAME", _rename_column),
    ("ALTER", _alter_column),
    ("OWNER TO", _owner),
)


def truncate(session: Session, words: Words, sql: str) -> Outcome:
    """Empties a table and commits, with all that the transaction did before it ("TRUNCATE")."""
    words.expect("TRUNCATE")
    words.take("TABLE")
    table = session.catalogue.get(*words.relation())
    words.end()
    if table.view:
        raise SqlError(f'"{table.name}" is not a table')
    session.connection.execute(f"DELETE FROM {table.duck}")
    session.engine.commit(session)
    session.engine.begin(session)
    return DONE


def lock(session: Session, words: Words, sql: str) -> Outcome:
    """The lock itself was taken before the transaction began (engine); here its tables must exist."""
    words.expect("LOCK")
    words.take("TABLE")
    session.catalogue.get(*words.relation())
    while words.take(","):
        session.catalogue.get(*words.relation())
    words.end()
    return DONE


# -------------------------------------------------------------------- COMMENT, ANALYZE, SET


def comment(session: Session, words: Words, sql: str) -> Outcome:
    words.expect("COMMENT", "ON")
    kind = words.word().upper()
    if kind not in ("TABLE", "VIEW", "COLUMN"):
        raise Refused(f"COMMENT ON {kind}")
    *parts, name = words.qualified()
    words.expect("IS")
    text = "" if words.take("NULL") else words.string()
    words.end()
    if kind == "COLUMN":
        session.catalogue.get("".join(parts[:-1]), "".join(parts[-1:])).column(name)
    else:
        table = session.catalogue.get("".join(parts), name)
        session.catalogue = session.catalogue.put(replace(table, comment=text))
    return DONE


def maintenance(session: Session, words: Words, sql: str) -> Outcome:
    """ANALYZE changes no result here. VACUUM cannot run in a transaction block, which a batch is."""
    if words.take("VACUUM"):
        raise Refused("VACUUM")
    words.expect("ANALYZE")
    if words.take("COMPRESSION"):
        raise Refused("ANALYZE COMPRESSION")
    words.take("VERBOSE")
    if not words.done:
        session.catalogue.get(*words.relation())
        if words.peek() == "(":
            words.names()
    words.take("PREDICATE", "COLUMNS") or words.take("ALL", "COLUMNS")
    words.end()
    return DONE


def set_(session: Session, words: Words, sql: str) -> Outcome:
    """Only parameters that change no result here."""
    words.expect("SET")
    name = words.name()
    if name not in ("statement_timeout", "query_group", "enable_result_cache_for_session", "application_name"):
        raise Refused(f"SET {name}")
    if not words.take("TO"):
        words.expect("=")
    words.word()
    words.end()
    return DONE


STATEMENTS: dict[str, Handler] = {
    "SET": set_,
    "CREATE": create,
    "DROP": drop,
    "ALTER": alter,
    "TRUNCATE": truncate,
    "LOCK": lock,
    "GRANT": access.grant,
    "REVOKE": access.grant,
    "COMMENT": comment,
    "ANALYZE": maintenance,
    "VACUUM": maintenance,
}
