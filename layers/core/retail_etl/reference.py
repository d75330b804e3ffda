"""A contract as a page for people: every column with its rule in words. Pure."""

from collections.abc import Iterator, Mapping

from retail_etl.contract import (
    Amount,
    Bands,
    Choice,
    Column,
    Contract,
    Day,
    DerivedColumn,
    FreeText,
    Month,
    Pattern,
    Rule,
    Whole,
)

_SHOWN_SPELLINGS = 8


def reference(contract: Contract) -> str:
    """The contract in Markdown, without a line end behind it."""
    return "\n".join(_lines(contract))


def _lines(contract: Contract) -> Iterator[str]:
    yield f"# `{contract.schema}.{contract.table}`"
    yield ""
    if contract.grain:
        yield contract.grain
        yield ""
    yield "| column | header in the raw file | type | may be missing | what it may hold |"
    yield "|---|---|---|---|---|"
    for column in contract.columns:
        headers = ", ".join(f"`{header}`" for header in column.headers)
        may_be_missing = "no" if column.required else "yes"
        yield _row(
            f"`{column.name}`", headers, column.physical_type, may_be_missing, _about(column, in_words(column.rule))
        )
    for derived in contract.derived:
        yield _row(f"`{derived.name}`", "", derived.physical_type, "", _about(derived, _derivation(derived)))
    yield ""
    yield f"- Monthly files: `{contract.monthly_file_prefix}_<Mon-YYYY>.csv`, by `{contract.month_column}`."
    yield f"- Delimiters: {', '.join(f'`{_visible(mark)}`' for mark in contract.delimiters)}."
    tokens = ", ".join(f"`{token}`" for token in sorted(contract.missing_tokens) if token)
    yield f"- Missing, in any case: nothing{f', {tokens}' if tokens else ''}."
    share, most = float(contract.max_rejected_share), contract.max_record_bytes
    yield f"- A file is refused if more than {100 * share:.4g} % of its rows are rejected, if a record is longer"
    yield f"  than {most:,} bytes, or if it unpacks to more than {contract.max_gzip_ratio:,} times its size."


def in_words(rule: Rule) -> str:
    """What a column's rule lets in."""
    match rule:
        case Pattern(regex, max_bytes):
            return f"`{regex.pattern}`, at most {max_bytes:,} bytes, kept as written"
        case Choice(spellings):
            return "; ".join(_choices(spellings))
        case FreeText(max_bytes, spellings):
            known = list(spellings.values())
            more = f" and {len(known) - _SHOWN_SPELLINGS} more" if len(known) > _SHOWN_SPELLINGS else ""
            told = f"; known spellings: {', '.join(known[:_SHOWN_SPELLINGS])}{more}" if known else ""
            return f"text of at most {max_bytes:,} bytes{told}"
        case Whole(minimum, maximum):
            return f"a whole number from {minimum:,} to {maximum:,}"
        case Amount(minimum, maximum, scale, currencies):
            told = f"; {' or '.join(currencies)} is taken off" if currencies else ""
            return f"a number from {minimum:,} to {maximum:,}, rounded to {scale} places{told}"
        case Day(first, last, formats):
            return f"a day from {first} to {last}, written {', '.join(f'`{layout}`' for layout in formats)}"


def _choices(spellings: Mapping[str, str]) -> Iterator[str]:
    for value in dict.fromkeys(spellings.values()):
        aliases = [
            f"`{text}`" for text, stands_for in spellings.items() if stands_for == value and text != value.casefold()
        ]
        yield f"{value} (also {', '.join(aliases)})" if aliases else value


def _derivation(column: DerivedColumn) -> str:
    match column.derivation:
        case Month(source):
            return f"`YYYY-MM` of `{source}`"
        case Bands(source, bands, missing):
            return f"the band of `{source}`: {', '.join(label for label, _ in bands)}; {missing} where it is missing"


def _about(column: Column | DerivedColumn, rule: str) -> str:
    return (
        f"{column.description} {rule[:1].upper()}{rule[1:]}."
        if column.description
        else f"{rule[:1].upper()}{rule[1:]}."
    )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _visible(mark: str) -> str:
    return {"\t": "tab", "|": "\\|"}.get(mark, mark)
