"""Names that are only names: through S3's events, SQS, the functions, COPY and the reports."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from etl.deliveries import follow
from etl.target import Target

HEADER = (
    "Customer_ID,Age,Gender,City,Category,Product_Name,Purchase_Date,Purchase_Amount,"
    "Payment_Method,Discount_Applied,Rating,Repeat_Customer\n"
)
NAMES = [
    "with spaces and + and %2B.csv",
    'quote\'s "both" `kinds`.csv',
    "';DROP TABLE walmart_sales;--.csv",
    "back\\slash.csv",
    "new\nline.csv",
    "☕ Ünïcödé 東京.csv",
    "..",
    "prefix.csv",
    "prefix.csv.bak",
    "UPPER.CSV",
    "one/two/three/four/five.csv",
    "$(touch x) & <b>.csv",
    "no suffix",
]


def _file(customer: str) -> bytes:
    return f"{HEADER}{customer},30,Male,Berlin,Home,Lamp,2025-06-15,10.00,UPI,Yes,5,No\n".encode()


def test_every_name_is_loaded_under_its_own_name(target: Target) -> None:
    folder = f"raw/names {uuid4()}"
    customers = {f"{folder}/{name}": f"{uuid4()}" for name in NAMES}
    longest = f"{folder}/" + "ü" * ((1024 - len(folder) - 1) // 2)
    customers[longest] = f"{uuid4()}"
    with ThreadPoolExecutor(4) as writers:
        list(writers.map(lambda item: target.bucket.write(item[0], _file(item[1]), "text/csv"), customers.items()))
    for key, customer in customers.items():
        found = follow(target, key, lambda _: None)
        assert found.stage == "loaded", (key, found.reason)
        assert found.clean is not None
        assert found.clean.source_key == key
        rows = target.warehouse.query(
            "SELECT source_file FROM walmart_sales WHERE customer_id = :customer", lambda: 60.0, {"customer": customer}
        )
        assert [row["source_file"] for row in rows] == [found.clean.monthly_key]


def test_an_empty_object_is_refused_and_a_folder_marker_is_nothing(target: Target) -> None:
    folder = f"raw/empty {uuid4()}"
    target.bucket.write(f"{folder}/", b"", "text/csv")
    target.bucket.write(f"{folder}/nothing.csv", b"", "text/csv")
    assert follow(target, f"{folder}/nothing.csv", lambda _: None).stage == "refused"
    reports = list(target.bucket.list(f"reports/{folder.removeprefix('raw/')}"))
    assert [report.key.rsplit("/", 1)[1] for report in reports] == ["nothing.csv.clean.json"]
