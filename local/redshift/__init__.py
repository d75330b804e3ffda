"""An embedded Redshift: the Redshift Data API over DuckDB, for running the product without an AWS account.

A right answer or a refusal by name, never another answer. What is in stands in ``COVERAGE.md``. From the wire inwards:

- The wire. ``server``: HTTP; ``api``: the operations, held to the service's own model, and their errors;
  ``results``: fields, metadata, pages, CSV; ``faults``, for tests
- State. ``engine``: statements on their way, transactions, what the file keeps; ``locks``: who waits for whom;
  ``catalogue``: what exists; ``session``: the statements of one transaction; ``system``: the system views
- COPY and UNLOAD. ``options``: one table; ``load``, ``unload``, ``s3``; ``records``: the careful reader
- Statements. ``dml``: what changes rows; ``ddl`` and ``columns``: what changes the catalogue; ``access``: users, roles,
  grants
- SQL. ``syntax``: Redshift text to a tree, and ``strict``: what that forgives; ``binder``: the tree to DuckDB's SQL,
  with the Redshift type of every value; ``functions`` and ``aggregates``: the allow-list; ``types``: what has them, and
  how they meet; ``casts``
- ``native``: what DuckDB lacks; ``values``, ``templates``, ``regex``: reading and writing values as Redshift does

>>> with Server(folder / "redshift.duckdb", s3=lambda: boto3.client("s3")) as server:
...     boto3.client("redshift-data", endpoint_url=server.url).execute_statement(...)
"""
