"""Users, roles and what they are granted: recorded, shown in the catalogue's views, and not enforced."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .errors import Refused, SqlError
from .session import Outcome, Session

if TYPE_CHECKING:
    from .syntax import Words

DONE = Outcome()


def create_user(session: Session, words: Words) -> Outcome:
    name = words.role()
    words.take("WITH")
    flags = {"password": False, "createdb": False, "createuser": False}
    while not words.done:
        if words.take("PASSWORD"):
            flags["password"] = not words.take("DISABLE")
            if flags["password"]:
                words.string()
        elif words.take("CREATEDB"):
            flags["createdb"] = True
        elif words.take("CREATEUSER"):
            flags["createuser"] = True
        elif not (words.take("NOCREATEDB") or words.take("NOCREATEUSER")):
            raise Refused(f"CREATE USER with {words.peek()}")
    if name in session.catalogue.users:
        raise SqlError(f'user "{name}" already exists')
    session.catalogue = replace(session.catalogue, users={**session.catalogue.users, name: flags})
    return DONE


def create_role(session: Session, words: Words) -> Outcome:
    name = words.name()
    words.end()
    if name in session.catalogue.roles:
        raise SqlError(f'role "{name}" already exists')
    session.catalogue = replace(session.catalogue, roles=(*session.catalogue.roles, name))
    return DONE


def drop_user(session: Session, name: tuple[str, ...], kind: str, missing_ok: bool, cascade: bool) -> None:
    if name[-1] not in session.catalogue.users:
        if missing_ok:
            return
        raise SqlError(f'user "{name[-1]}" does not exist')
    if any(g["grantee"] == name[-1] for g in session.catalogue.grants):
        raise SqlError(f'user "{name[-1]}" cannot be dropped because the user has a privilege on some object')
    users = {k: v for k, v in session.catalogue.users.items() if k != name[-1]}
    session.catalogue = replace(session.catalogue, users=users)


def drop_role(session: Session, name: tuple[str, ...], kind: str, missing_ok: bool, cascade: bool) -> None:
    if name[-1] not in session.catalogue.roles:
        raise SqlError(f'role "{name[-1]}" does not exist')
    session.catalogue = replace(session.catalogue, roles=tuple(r for r in session.catalogue.roles if r != name[-1]))


PRIVILEGES = {
    "SELECT", "INSERT", "UPDATE", "DELETE", "DROP", "REFERENCES", "ALTER", "TRUNCATE", "USAGE", "CREATE", "TEMP",
    "TEMPORARY", "ALL", "ASSUMEROLE",
}  # fmt: skip


def grant(session: Session, words: Words, sql: str) -> Outcome:
    """Recorded, and visible in SVV_RELATION_PRIVILEGES; not enforced: everyone here is the owner."""
    giving = words.take("GRANT")
    if not giving:
        words.expect("REVOKE")
    privileges = []
    if words.take("ROLE"):
        privileges, objects = ["MEMBER"], [f"role {words.name()}"]
    else:
        while True:
            word = words.word().upper()
            if word not in PRIVILEGES:
                raise Refused(f"the privilege {word}")
            word == "ALL" and words.take("PRIVILEGES")
            privileges.append(word)
            if not words.take(","):
                break
        objects = _granted(session, words, privileges)
    words.expect("TO" if giving else "FROM")
    grantees = [_grantee(session, words)]
    while words.take(","):
        grantees.append(_grantee(session, words))
    option = words.take("WITH", "GRANT", "OPTION")
    words.take("CASCADE") or words.take("RESTRICT")
    words.end()
    pairs = [(target, grantee) for target in objects for grantee in grantees]
    every = not giving and "ALL" in privileges
    kept = [
        g
        for g in session.catalogue.grants
        if (g["object"], g["grantee"]) not in pairs or not (every or g["privilege"] in privileges)
    ]
    if giving:
        flag = str(option).lower()
        kept += [{"object": o, "grantee": g, "privilege": p, "option": flag} for o, g in pairs for p in privileges]
    session.catalogue = replace(session.catalogue, grants=tuple(kept))
    return DONE


def _granted(session: Session, words: Words, privileges: list[str]) -> list[str]:
    words.expect("ON")
    if words.take("ALL", "TABLES", "IN", "SCHEMA"):
        schema = words.name()
        _schema(session, schema)
        return [r.full_name for r in session.catalogue if r.schema == schema]
    for kind in ("SCHEMA", "DATABASE"):
        if words.take(kind):
            names = [words.name()]
            while words.take(","):
                names.append(words.name())
            if kind == "SCHEMA":
                for name in names:
                    _schema(session, name)
            return [f"{kind.lower()} {n}" for n in names]
    if "ASSUMEROLE" in privileges:
        raise Refused("GRANT ASSUMEROLE")
    words.take("TABLE")
    found = [session.catalogue.get(*words.relation()).full_name]
    while words.take(","):
        found.append(session.catalogue.get(*words.relation()).full_name)
    return found


def _schema(session: Session, name: str) -> None:
    if name not in session.catalogue.schemas:
        raise SqlError(f'schema "{name}" does not exist')


def _grantee(session: Session, words: Words) -> str:
    if words.take("PUBLIC"):
        return "public"
    if words.take("GROUP"):
        raise Refused("GROUP")
    if words.take("ROLE"):
        name = words.name()
        if name not in session.catalogue.roles:
            raise SqlError(f'role "{name}" does not exist')
        return f"role {name}"
    name = words.role()
    if name not in session.catalogue.users:
        raise SqlError(f'user "{name}" does not exist')
    return name
