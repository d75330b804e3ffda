"""Users, roles and what they are granted: recorded, shown in the catalogue's views, and not enforced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .catalogue import known
from .errors import Refused, SqlError

if TYPE_CHECKING:
    from .session import Session
    from .syntax import Words

PRIVILEGES = {
    "SELECT", "INSERT", "UPDATE", "DELETE", "DROP", "REFERENCES", "ALTER", "TRUNCATE", "USAGE", "CREATE", "TEMP",
    "TEMPORARY", "ALL",
}  # fmt: skip


def create_user(session: Session, words: Words, sql: str) -> None:
    name = words.role()
    words.take("WITH")
    flags = {"password": False, "createdb": False, "createuser": False}
    while not words.done:
        option = words.word().upper()
        if option == "PASSWORD":
            flags["password"] = not words.take("DISABLE") and bool(words.string())
        elif option in ("CREATEDB", "CREATEUSER", "NOCREATEDB", "NOCREATEUSER"):
            flags[option.removeprefix("NO").lower()] = not option.startswith("NO")
        else:
            raise Refused(f"CREATE USER with {option}")
    if name in session.catalogue.users:
        raise SqlError(f'user "{name}" already exists')
    session.change(users={**session.catalogue.users, name: flags})


def create_role(session: Session, words: Words, sql: str) -> None:
    name = words.name()
    words.end()
    if name in session.catalogue.roles:
        raise SqlError(f'role "{name}" already exists')
    session.change(roles=(*session.catalogue.roles, name))


def drop_user(session: Session, name: str, cascade: bool) -> None:
    if any(g["grantee"] == name for g in session.catalogue.grants):
        raise SqlError(f'user "{name}" cannot be dropped because the user has a privilege on some object')
    session.change(users={k: v for k, v in session.catalogue.users.items() if k != name})


def drop_role(session: Session, name: str, cascade: bool) -> None:
    session.change(roles=tuple(r for r in session.catalogue.roles if r != name))


def revoke(session: Session, words: Words, sql: str) -> None:
    grant(session, words, sql, giving=False)


def grant(session: Session, words: Words, sql: str, *, giving: bool = True) -> None:
    """Recorded, and visible in SVV_RELATION_PRIVILEGES; not enforced: everyone here is the owner."""
    if words.take("ROLE"):
        privileges, objects = ["MEMBER"], [f"role {words.name()}"]
    else:
        privileges = words.several(lambda: _privilege(words))
        words.expect("ON")
        objects = _granted(session, words)
    words.expect("TO" if giving else "FROM")
    grantees = words.several(lambda: _grantee(session, words))
    option = words.take("WITH", "GRANT", "OPTION")
    words.take("CASCADE") or words.take("RESTRICT")
    words.end()
    pairs = [(target, grantee) for target in objects for grantee in grantees]
    gone = PRIVILEGES if not giving and "ALL" in privileges else privileges
    old = (
        g for g in session.catalogue.grants if (g["object"], g["grantee"]) not in pairs or g["privilege"] not in gone
    )
    new = (
        {"object": o, "grantee": g, "privilege": p, "option": str(option).lower()} for o, g in pairs for p in privileges
    )
    session.change(grants=(*old, *(new if giving else ())))


def _privilege(words: Words) -> str:
    word = words.word().upper()
    if word not in PRIVILEGES:
        raise Refused(f"the privilege {word}")
    word == "ALL" and words.take("PRIVILEGES")
    return word


def _granted(session: Session, words: Words) -> list[str]:
    if words.take("ALL", "TABLES", "IN", "SCHEMA"):
        schema = known("schema", words.name(), session.catalogue.schemas)
        return [r.full_name for r in session.catalogue if r.schema == schema]
    if words.take("DATABASE"):
        return [f"database {name}" for name in words.several(words.name)]
    if words.take("SCHEMA"):
        return [f"schema {known('schema', n, session.catalogue.schemas)}" for n in words.several(words.name)]
    words.take("TABLE")
    return [session.catalogue.get(*name).full_name for name in words.several(words.relation)]


def _grantee(session: Session, words: Words) -> str:
    if words.take("PUBLIC"):
        return "public"
    if words.take("GROUP"):
        raise Refused("GROUP")
    if words.take("ROLE"):
        return f"role {known('role', words.name(), session.catalogue.roles)}"
    return known("user", words.role(), session.catalogue.users)
