"""What this product sends: its tables, its load as one batch, its views and grants."""

from __future__ import annotations

from .conftest import ROLE, Warehouse

COLUMNS = "customer_id, age, city, purchase_date, purchase_amount"
DEFINITION = """customer_id VARCHAR(64) NOT NULL ENCODE zstd, age SMALLINT ENCODE az64, city VARCHAR(128),
    purchase_date DATE ENCODE raw, purchase_amount DECIMAL(12,2)"""
TABLES = (
    f"""CREATE TABLE IF NOT EXISTS public.walmart_sales ({DEFINITION}, source_file VARCHAR(1024),
        loaded_at TIMESTAMP DEFAULT GETDATE()) DISTSTYLE AUTO SORTKEY (purchase_date)""",
    "CREATE TABLE IF NOT EXISTS public.load_lock (id INTEGER)",
    """CREATE TABLE IF NOT EXISTS public.load_history (load_id BIGINT IDENTITY(1,1), source_file VARCHAR(1024),
        rows_loaded BIGINT, rows_present BIGINT, loaded_at TIMESTAMP DEFAULT GETDATE())""",
)
HEADER = "customer_id,age,city,purchase_date,purchase_amount\n"


def load(url: str) -> list[str]:
    return [
        "LOCK public.load_lock",
        f"CREATE TEMP TABLE stage_1f ({DEFINITION})",
        f"""COPY stage_1f ({COLUMNS}) FROM '{url}' IAM_ROLE '{ROLE}' FORMAT AS CSV IGNOREHEADER 1 EMPTYASNULL
            DATEFORMAT 'auto' TIMEFORMAT 'auto' ENCODING UTF8 REGION 'us-east-1' COMPUPDATE OFF STATUPDATE OFF""",
        "SELECT 1/(CASE WHEN COUNT(*) = CAST(:rows_clean AS BIGINT) THEN 1 ELSE 0 END) FROM stage_1f",
        "DELETE FROM public.walmart_sales WHERE source_file = :source_file",
        f"""INSERT INTO public.walmart_sales ({COLUMNS}, source_file, loaded_at)
            SELECT d.customer_id, d.age, d.city, d.purchase_date, d.purchase_amount,
                   CAST(:source_file AS VARCHAR(1024)), GETDATE()
            FROM (SELECT {COLUMNS} FROM stage_1f EXCEPT SELECT {COLUMNS} FROM public.walmart_sales
                  WHERE purchase_date BETWEEN CAST(:first AS DATE) AND CAST(:last AS DATE)) d""",
        """INSERT INTO public.load_history (source_file, rows_loaded, rows_present)
           SELECT CAST(:source_file AS VARCHAR(1024)),
                  (SELECT COUNT(*) FROM public.walmart_sales WHERE source_file = :source_file),
                  CAST(:rows_clean AS BIGINT)
                    - (SELECT COUNT(*) FROM public.walmart_sales WHERE source_file = :source_file)""",
    ]


def values(source: str, rows: int) -> dict[str, str]:
    return {"source_file": source, "rows_clean": str(rows), "first": "2024-06-01", "last": "2024-06-30"}


def test_a_load_is_one_transaction_and_its_repeat_changes_nothing(warehouse: Warehouse) -> None:
    warehouse.run(*TABLES)
    url = warehouse.put("m/a.csv", HEADER + 'C1,30,"Paris, TX",2024-06-01,10.50\nC2,,Oslo,2024-06-02,0.05\n')
    for _ in range(2):
        described = warehouse.submit(load(url), values("m/a.csv", 2))
        assert described["Status"] == "FINISHED", described.get("Error")
        assert [s["ResultRows"] for s in described["SubStatements"]][4:] == [_ * 2, 2, 1]
    assert warehouse.run(f"SELECT {COLUMNS}, source_file FROM walmart_sales ORDER BY 1") == [
        ("C1", 30, "Paris, TX", "2024-06-01", "10.50", "m/a.csv"),
        ("C2", None, "Oslo", "2024-06-02", "0.05", "m/a.csv"),
    ]


def test_overlapping_files_load_each_purchase_once(warehouse: Warehouse) -> None:
    warehouse.run(*TABLES)
    first = warehouse.put("m/a.csv", HEADER + "C1,30,Rome,2024-06-01,10.50\n")
    second = warehouse.put("m/b.csv", HEADER + "C1,30,Rome,2024-06-01,10.50\nC2,31,Rome,2024-06-01,1.00\n")
    warehouse.submit(load(first), values("m/a.csv", 1))
    warehouse.submit(load(second), values("m/b.csv", 2))
    assert warehouse.run("SELECT customer_id, source_file FROM walmart_sales ORDER BY 1") == [
        ("C1", "m/a.csv"),
        ("C2", "m/b.csv"),
    ]
    history = "SELECT source_file, rows_loaded, rows_present FROM load_history ORDER BY load_id"
    assert warehouse.run(history) == [("m/a.csv", 1, 0), ("m/b.csv", 1, 1)]


def test_a_wrong_count_fails_the_batch_and_leaves_nothing(warehouse: Warehouse) -> None:
    warehouse.run(*TABLES)
    url = warehouse.put("m/a.csv", HEADER + "C1,30,Rome,2024-06-01,10.50\n")
    described = warehouse.submit(load(url), values("m/a.csv", 7))
    assert described["Status"] == "FAILED"
    assert "Divide by zero" in described["Error"]
    assert [s["Status"] for s in described["SubStatements"]] == ["FINISHED"] * 3 + ["FAILED"] + ["ABORTED"] * 3
    assert warehouse.run("SELECT COUNT(*) FROM walmart_sales") == [(0,)]


def test_views_and_grants(warehouse: Warehouse) -> None:
    warehouse.run(
        *TABLES,
        """CREATE OR REPLACE VIEW public.vw_city_revenue AS
           SELECT COALESCE(city, 'Unknown') AS city, COUNT(*) AS total_orders, SUM(purchase_amount) AS total_revenue,
                  ROUND(AVG(CAST(purchase_amount AS DECIMAL(12,4))), 2) AS average_order_value
           FROM public.walmart_sales GROUP BY 1 WITH NO SCHEMA BINDING""",
        'CREATE USER "IAMR:retail-publish" PASSWORD DISABLE',
        'GRANT USAGE ON SCHEMA public TO "IAMR:retail-publish"',
        'GRANT SELECT ON public.vw_city_revenue TO "IAMR:retail-publish"',
        'GRANT SELECT, INSERT, DELETE ON TABLE public.walmart_sales TO "IAMR:retail-publish"',
        """INSERT INTO walmart_sales (customer_id, city, purchase_amount)
           VALUES ('a', NULL, 1), ('b', 'Rome', 2.5), ('c', 'Rome', 3)""",
    )
    assert warehouse.run("SELECT * FROM vw_city_revenue ORDER BY city") == [
        ("Rome", 2, "5.50", "2.75"),
        ("Unknown", 1, "1.00", "1.00"),
    ]
    assert ("IAMR:retail-publish",) in warehouse.run("SELECT usename FROM pg_user")
    found = warehouse.run(
        "SELECT column_name, data_type FROM svv_columns WHERE table_name = 'walmart_sales' AND ordinal_position < 3"
    )
    assert found == [("customer_id", "character varying"), ("age", "smallint")]


def test_a_column_of_a_system_view_that_is_not_shown_is_refused_by_name(warehouse: Warehouse) -> None:
    error = warehouse.error("SELECT q.compute_type FROM sys_query_history q")
    assert 'not supported by the embedded Redshift: the column "compute_type" of sys_query_history' in error
    warehouse.run("CREATE TABLE t (a INT)")
    assert 'column "b" does not exist' in warehouse.error("SELECT b FROM t")


def test_one_statement_at_a_time(shared: Warehouse) -> None:
    for sql in ("SELECT 1; SELECT 2", "LOCK t; DROP TABLE t", "COPY t FROM 's3://b-c-d/k' IAM_ROLE default; GZIP"):
        assert "cannot insert multiple commands into a prepared statement" in shared.error(sql)
    assert shared.run("SELECT 1;") == [(1,)]
