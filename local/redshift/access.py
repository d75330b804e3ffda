"""Users, roles and what they are granted: recorded, shown in the catalogue's views, and not enforced."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from .catalogue import known
from .errors import Refused, SqlError, fail_if, refuse_if

if TYPE_CHECKING:
    from .session import Session
    from .syntax import Words

_PRIVILEGES = {
    "relation": ("SELECT", "INSERT", "UPDATE", "DELETE", "DROP", "REFERENCES", "ALTER", "TRUNCATE"),
    "schema": ("CREATE", "USAGE", "ALTER", "DROP"),
    "database": ("CREATE", "TEMP", "USAGE", "ALTER"),
    "role": ("MEMBER",),
}


def create_user(session: Session, words: Words, sql: str) -> None:
    name = words.role()
    fail_if(name.lower() == "public", "the name of a user cannot be PUBLIC")
    fail_if(name in session.catalogue.roles, f'role "{name}" already exists')
    words.take("WITH")
    fail_if(words.peek() != "PASSWORD", "syntax error: CREATE USER needs a PASSWORD")
    flags = {"password": False, "createdb": False, "createuser": False}
    while not words.done:
        option = words.word().upper()
        if option == "PASSWORD":
            flags["password"] = not words.take("DISABLE") and _password(words.string())
        elif option in ("CREATEDB", "CREATEUSER", "NOCREATEDB", "NOCREATEUSER"):
            flags[option.removeprefix("NO").lower()] = not option.startswith("NO")
        else:
            raise Refused(f"CREATE USER with {option}")
    fail_if(name in session.catalogue.users, f'user "{name}" already exists')
    session.change(users={**session.catalogue.users, name: flags})


def _password(text: str) -> bool:
    """ "CREATE USER", PASSWORD."""
    allowed = re.fullmatch(r"[!-~]{8,64}", text) and not set(text) & set("'\"\\/@")
    strong = allowed and all(re.search(kind, text) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    if not strong and not text.startswith(("md5", "sha256")):
        raise SqlError("password must be 8 to 64 characters with an uppercase letter, a lowercase letter and a number")
    return True


def create_role(session: Session, words: Words, sql: str) -> None:
    name = words.name()
    fail_if(name == "public" or ":" in name, f'unacceptable role name "{name}"')
    fail_if(name in session.catalogue.users, f'user "{name}" already exists')
    refuse_if(not words.done, f"CREATE ROLE with {words.peek()}")
    fail_if(name in session.catalogue.roles, f'role "{name}" already exists')
    session.change(roles=(*session.catalogue.roles, name))


def drop_user(session: Session, name: str, cascade: bool) -> None:
    if any(g["grantee"] == name for g in session.catalogue.grants):
        raise SqlError(f'user "{name}" cannot be dropped because the user has a privilege on some object')
    session.change(users={k: v for k, v in session.catalogue.users.items() if k != name})


def drop_role(session: Session, name: str, cascade: bool) -> None:
    for g in session.catalogue.grants:
        if g["object"] == f"role {name}":
            kind = "it depends on another role" if g["grantee"].startswith("role ") else "it has been granted on a user"
            raise SqlError(f"cannot drop this role since {kind}")
    if any(g["grantee"] == f"role {name}" for g in session.catalogue.grants):
        raise Refused("DROP ROLE of a role that has privileges")
    session.change(roles=tuple(r for r in session.catalogue.roles if r != name))


def revoke(session: Session, words: Words, sql: str) -> None:
    grant(session, words, sql, giving=False)


def grant(session: Session, words: Words, sql: str, *, giving: bool = True) -> None:
    """Recorded, and visible in SVV_RELATION_PRIVILEGES; not enforced: everyone here is the owner."""
    if words.take("ROLE"):
        privileges, objects = ["MEMBER"], words.several(lambda: _role(session, words))
    else:
        privileges = words.several(lambda: _privilege(words))
        words.expect("ON")
        objects = _granted(session, words)
    words.expect("TO" if giving else "FROM")
    grantees = words.several(lambda: _grantee(session, words))
    option = giving and words.take("WITH", "ADMIN" if privileges == ["MEMBER"] else "GRANT", "OPTION")
    words.end() if giving else words.cascade()
    fail_if(option and "public" in grantees, "grant options cannot be granted to PUBLIC")
    kind = objects[0].partition(" ")[0] if objects and " " in objects[0] else "relation"
    if privileges == ["ALL"]:
        privileges = list(_PRIVILEGES[kind])
    if wrong := [p for p in privileges if p not in _PRIVILEGES[kind]]:
        raise SqlError(f"invalid privilege type {wrong[0]} for {kind}")
    held = {(g["object"], g["grantee"], g["privilege"]): g for g in session.catalogue.grants}
    for key in itertools.product(objects, grantees, privileges):
        before = held.pop(key, {})
        refuse_if(key[0] in {key[1], *_holders(key[1], held)}, "roles that are granted in a circle")
        if giving:  # once given, an option stays
            given = dict(zip(("object", "grantee", "privilege"), key, strict=True))
            held[key] = {**given, "option": "true" if option else before.get("option", "false")}
    session.change(grants=tuple(held.values()))


def _holders(role: str, held: Collection[tuple[str, str, str]]) -> set[str]:
    """Who is granted a role, itself or through others."""
    direct = {grantee for granted, grantee, _ in held if granted == role}
    return direct.union(*(_holders(grantee, held) for grantee in direct))


def _privilege(words: Words) -> str:
    word = words.word().upper().replace("TEMPORARY", "TEMP")
    refuse_if(word != "ALL" and not any(word in listed for listed in _PRIVILEGES.values()), f"the privilege {word}")
    refuse_if(words.peek() not in (",", "ON", "PRIVILEGES"), f"{word} {words.peek()} ... as a privilege")
    word == "ALL" and words.take("PRIVILEGES")
    return word


def _granted(session: Session, words: Words) -> list[str]:
    if words.take("ALL", "TABLES", "IN", "SCHEMA"):
        schemas = [known("schema", n, session.catalogue.schemas) for n in words.several(words.name)]
        return [r.full_name for r in session.catalogue if r.schema in schemas]
    for kind, names in (("database", ("dev",)), ("schema", session.catalogue.schemas)):
        if words.take(kind.upper()):
            return [f"{kind} {known(kind, name, names)}" for name in words.several(words.name)]
    if words.peek() in ("LANGUAGE", "FUNCTION", "PROCEDURE", "JOB", "DATASHARE", "EXTERNAL", "ALL", "MODEL"):
        raise Refused(f"privileges on {words.peek()}")
    words.take("TABLE")
    return [session.catalogue.get(*name).full_name for name in words.several(words.relation)]


def _grantee(session: Session, words: Words) -> str:
    if words.take("PUBLIC"):
        return "public"
    refuse_if(words.take("GROUP"), "GROUP")
    if words.take("ROLE"):
        return _role(session, words)
    return known("user", words.role(), session.catalogue.users)


def _role(session: Session, words: Words) -> str:
    name = words.name()
    refuse_if(words.peek() == ":", "system-defined roles (sys:...)")
    return f"role {known('role', name, session.catalogue.roles)}"
