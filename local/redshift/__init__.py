"""An embedded Redshift: the Redshift Data API over DuckDB, for running the product without an AWS account.

A right answer or a refusal by name, never another answer. What is in stands in ``COVERAGE.md``. From the wire inwards:

- ``server``: HTTP, the operations, their errors; ``results``: fields, metadata, pages, CSV; ``faults`` for tests
- ``engine``: statements on their way, locks, transactions, what the file keeps; ``catalogue``: what exists
- ``session``: one transaction's statements: queries and data changes; ``ddl``; ``transfer`` (COPY, UNLOAD); ``system``
- ``syntax``: Redshift text to a tree; ``binder``: the tree to DuckDB's SQL, with the Redshift type of every value;
  ``functions``: the allow-list; ``casts`` and ``types``: how values change type and types meet
- ``native``: what DuckDB lacks; ``values``, ``templates``, ``regex``: reading and writing values as Redshift does

>>> with Server(folder / "redshift.duckdb", s3=lambda: boto3.client("s3")) as server:
...     boto3.client("redshift-data", endpoint_url=server.url).execute_statement(...)
"""
