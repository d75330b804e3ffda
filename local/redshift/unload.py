"""UNLOAD: the rows of a query as delimited text or CSV, in one file, as one slice writes them ("UNLOAD")."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

from . import options, results, s3
from .errors import Refused, SqlError, fail_if
from .session import STATEMENTS, Outcome, Session
from .syntax import Words, parse

if TYPE_CHECKING:
    from .types import Column


def unload(session: Session, words: Words, sql: str) -> Outcome:
    words.expect("(")
    query = words.string()
    words.expect(")")
    words.expect("TO")
    bucket, prefix = s3.split(words.string())
    o = options.read(words, "UNLOAD")
    outcome = _rows(session, query)
    columns = outcome.columns or ()
    lines: list[list[str | None]] = [[c.name for c in columns]] if o.header else []
    lines += [[_text(v, c) for v, c in zip(row, columns, strict=True)] for row in outcome.rows]
    body = "".join(o.delimiter.join(_field(f, o) for f in fields) + "\n" for fields in lines).encode()
    name = f"{prefix}{'0000_part_00' if o.parallel else '000'}{'.gz' if o.gzip else ''}"
    client = session.engine.s3()
    with s3.errors():
        listed = {} if o.overwrite else client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)
        if listed.get("KeyCount"):
            raise SqlError(
                f"Specified unload destination on S3 is not empty: s3://{bucket}/{prefix}. Consider using a different"
                " bucket / prefix, manually removing the target files in S3, or using the ALLOWOVERWRITE option."
            )
        client.put_object(Bucket=bucket, Key=name, Body=gzip.compress(body) if o.gzip else body)
        if o.manifest:
            entries = {"entries": [{"url": f"s3://{bucket}/{name}"}]}
            client.put_object(Bucket=bucket, Key=f"{prefix}manifest", Body=json.dumps(entries).encode())
    return Outcome(changed=len(outcome.rows))


STATEMENTS["UNLOAD"] = unload


def _rows(session: Session, query: str) -> Outcome:
    tree = parse(query)
    fail_if(tree.args.get("limit"), "Limit clause is not supported")
    return session.fetch(session.binder().query(tree))


def _text(value: Any, column: Column) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, float):
        raise Refused("UNLOAD of floating-point numbers as text")
    return results.text(value, column)


def _field(value: str | None, o: options.Options) -> str:
    text = o.null if value is None else value
    quoted = o.csv and any(c in text for c in (o.delimiter, '"', "\n", "\r"))
    return '"' + text.replace('"', '""') + '"' if quoted else text
