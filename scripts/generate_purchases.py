"""Generate a raw file of retail purchases as shops deliver it: mostly clean, with every kind of dirt in it.

    python scripts/generate_purchases.py --rows 1000000 --out purchases.csv

The same arguments give the same bytes. `samples/purchases_sample.csv` was made with
`--rows 1000 --from 2025-06-01 --to 2025-06-30 --respelled 0.33333 --rejects 0.03 --duplicates 0.02 --seed 6`.
"""

import argparse
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta
from pathlib import Path

HEADER = (
    "Customer_ID,Age,Gender,City,Category,Product_Name,Purchase_Date,Purchase_Amount,"
    "Payment_Method,Discount_Applied,Rating,Repeat_Customer\n"
)
ID, AGE, GENDER, CITY, CATEGORY, PRODUCT, DAY, AMOUNT, PAYMENT, DISCOUNT, RATING, REPEAT = range(12)
PRODUCTS = {
    "Electronics": ("Smartphone", "Smartwatch", "Laptop", "Headphones"),
    "Home": ("Sofa Cover", "Cookware", "Curtains", "Lamp"),
    "Beauty": ("Perfume", "Shampoo", "Face Cream", "Lipstick"),
    "Clothing": ("T-Shirt", "Jeans", "Jacket", "Dress"),
}
ITEMS = [(category, product) for category, products in PRODUCTS.items() for product in products]
PAYMENTS = ("Debit Card", "Credit Card", "Cash on Delivery", "UPI")
BIG_CITIES = (
    "Chicago", "Houston", "Phoenix", "San Antonio", "San Diego", "Dallas", "Austin", "Columbus", "Denver", "Seattle",
    "Boston", "Nashville", "Detroit", "Portland", "Memphis", "Baltimore", "Milwaukee", "Tucson", "Fresno", "Omaha",
    '"Washington, D.C."', "San José", "Coeur d'Alene", "Winston-Salem", "Québec City", "Tampa", "Miami", "Tulsa",
)  # fmt: skip
STEMS = """
    Adam Alice Amber Andrea Angel Barber Barry Bell Benson Blake Brandi Brian Brooks Bruce Byrd Calvin Carl Carmen
    Carol Cesar Chad Cheryl Clark Cody Craig Crystal Curtis Cynthia Dale Dana Daniel Danny David Dawn Deanna Debra
    Derek Diane Donna Doris Dustin Dylan Edgar Edwin Eileen Elaine Ellen Emily Eric Erika Ethan Evelyn Felicia
    Frank Gabriel Gary George Gina Glen Gloria Gordon Grace Grant Greg Hailey Harold Heather Heidi Helen Henry
    Holly Howard Ian Irene Isaac Jacob James Jamie Janet Jason Jeffrey Jennifer Jeremy Jesse Jill Joanna Jordan
    Joseph Joyce Julian Karen Karl Kayla Keith Kelly Kenneth Kevin Kristen Kurt Kyle Larry Laura Lauren Leah Leon
    Leslie Linda Lisa Logan Louis Lucas Lynn Mackenzie Madison Marcus Maria Mark Martha Mason Matthew Max Megan
    Melissa Michael Miguel Misty Molly Monica Morgan Nancy Natalie Nathan Nicole Noah Norma Oscar Pamela Patrick
    Paula Perry Peter Philip Rachel Ralph Randy Raymond Rebecca Regina Renee Rhonda Ricky Robert Robin Rodney
    Roger Ronald Rose Roy Russell Ruth Ryan Sabrina Samuel Sandra Sara Scott Sean Shane Shannon Sharon Shawn
    Sheila Shelby Simon Sonya Stacy Stephen Steve
""".split()  # noqa: SIM905 - far shorter than a list
FORMS = [
    f"{before}{{}}{behind}"
    for before in ("", "New ", "Port ", "Lake ", "East ", "West ", "North ", "South ")
    for behind in ["", *"ton ville burgh port bury mouth view side town shire stad land".split()]  # noqa: SIM905 - as above
]


@dataclass(frozen=True)
class Dirt:
    """Shares of the rows: spelled in another way, breaking the contract, repeating an earlier row."""

    respelled: float = 0.1
    rejects: float = 0.015
    duplicates: float = 0.01


def main() -> None:
    """Read the arguments and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2024, 2, 10))
    parser.add_argument("--to", dest="last", type=date.fromisoformat, default=date(2025, 2, 9))
    for share in fields(Dirt):
        parser.add_argument(f"--{share.name}", type=float, default=share.default)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    dirt = Dirt(given.respelled, given.rejects, given.duplicates)
    with given.out.open("wb") as out:
        out.write(HEADER.encode())
        out.writelines(records(given.rows, given.first, given.last, dirt, given.seed))


def records(rows: int, first: date, last: date, dirt: Dirt, seed: int) -> Iterator[bytes]:
    """The records, one after the other, each with its line end. The shares of dirt are met on average."""
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    days = [first + timedelta(days) for days in range((last - first).days + 1)]
    recent: list[list[str]] = [purchase(days, dice) for _ in range(1000)]
    for row in range(rows):
        chance = dice.random()
        if row and chance < dirt.duplicates:
            values = list(recent[dice.randrange(min(row, 1000))])
        else:
            values = recent[row % 1000] = purchase(days, dice)
        if dice.random() < dirt.respelled:
            values = respelled(values, dice)
        if chance > 1 - dirt.rejects:
            values = spoiled(values, dice)
        line = ",".join(values) + "\n"
        yield line.encode("cp1252" if not line.isascii() and dice.random() < 0.01 else "utf-8")


def purchase(days: list[date], dice: random.Random) -> list[str]:
    """A clean purchase."""
    category, product = dice.choice(ITEMS)
    big = dice.random() < 0.25
    digits = f"{dice.getrandbits(128):032x}"
    return [
        f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}",
        str(dice.randrange(18, 71)),
        dice.choice(("Male", "Female", "Other")),
        BIG_CITIES[int(dice.random() ** 2 * len(BIG_CITIES))] if big else dice.choice(FORMS).format(dice.choice(STEMS)),
        category,
        product,
        dice.choice(days).isoformat(),
        f"{dice.randrange(1000, 50001) / 100:.2f}",
        dice.choice(PAYMENTS),
        dice.choice(("Yes", "No")),
        str(dice.randrange(1, 6)),
        dice.choice(("Yes", "No")),
    ]


def respelled(values: list[str], dice: random.Random) -> list[str]:
    """The same purchase as another till would write it: one field or two."""
    values = list(values)
    for _ in range(dice.randrange(1, 3)):
        place, spell = dice.choice(SPELLINGS)
        values[place] = spell(values[place], dice)
    return values


def spoiled(values: list[str], dice: random.Random) -> list[str]:
    """A record that breaks the contract, in one place or two."""
    values = list(values)
    if dice.random() < 0.1:
        return values[:-1] if dice.random() < 0.5 else [*values, "left over"]
    for _ in range(dice.choice((1, 1, 1, 2))):
        place, wrong = dice.choice(DIRT)
        values[place] = dice.choice(wrong)
    return values


type Spelling = Callable[[str, random.Random], str]


def _other_day(text: str, dice: random.Random) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return dice.choice(
        (
            f"{day:%Y/%m/%d}",
            f"{day:%m/%d/%Y}",
            f"{day.month}/{day.day}/{day.year}",
            f"{day.day} {day:%b %Y}",
            f"{text} 00:00:00",
            f"{text}T09:30:00Z",
        )
    )


def _other_amount(text: str, dice: random.Random) -> str:
    return dice.choice((f"${text}", f"{text} USD", f" {text}", f"{text}0", text.removesuffix("0"), f"usd {text}"))


def _cased(text: str, dice: random.Random) -> str:
    if text.startswith('"'):  # spaces around the quotes are no CSV that other readers take
        return dice.choice((text.upper(), text.lower(), text, text, text))
    return dice.choice((text.upper(), text.lower(), f" {text}", f"{text}  ", f'"{text}"'))


def _missing(_: str, dice: random.Random) -> str:
    return dice.choice(("", "NA", "n/a", "null", "-"))


def _short_flag(text: str, dice: random.Random) -> str:
    return dice.choice(("Y", "true", "1") if text.strip(' "').lower() == "yes" else ("n", "FALSE", "0"))


SPELLINGS: tuple[tuple[int, Spelling], ...] = (
    *((place, _cased) for place in (GENDER, CITY, CATEGORY, PRODUCT, PAYMENT)),
    *((place, _missing) for place in (AGE, GENDER, DISCOUNT, RATING, REPEAT)),
    (DISCOUNT, _short_flag),
    (RATING, lambda text, _: text if not text.isdecimal() else f"{text}.0"),
    (AGE, lambda text, _: f" {text}"),
    (DAY, _other_day),
    (DAY, _other_day),
    (AMOUNT, _other_amount),
    (AMOUNT, _other_amount),
)
DIRT: tuple[tuple[int, tuple[str, ...]], ...] = (
    (ID, ("", "not an id", "né-1", "x" * 65)),
    (AGE, ("0", "121", "forty", "30.5")),
    (GENDER, ("unknown", "X")),
    (CITY, ("", "null", "=HYPERLINK(1)", "<script>", "?", "y" * 129)),
    (CATEGORY, ("", "Toys", "Electronic")),
    (PRODUCT, ("-", "+1", "nan")),
    (DAY, ("2024-02-30", "13/05/2024", "1999-12-31", "yesterday", "")),
    (AMOUNT, ("0.00", "-12.50", "1e3", "inf", "12345.67", '"261,96"', "free", "")),
    (PAYMENT, ("Bitcoin", "")),
    (DISCOUNT, ("maybe",)),
    (RATING, ("6", "4.5", "good")),
    (REPEAT, ("2",)),
)

if __name__ == "__main__":
    main()
