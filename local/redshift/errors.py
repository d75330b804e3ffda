"""What can go wrong, and whose fault it is.

Failure
├── SqlError         the statement fails, as it would in Redshift (the Data API's ``Error`` text)
│   └── Refused      the statement may be right in Redshift, but this emulator is not known to do it right
└── ApiError         the request is refused by the Data API itself (an exception in boto3)
"""

from __future__ import annotations

CANCELLED = "Query cancelled on user's request"


class Failure(Exception):
    """Everything this package raises on purpose."""


class SqlError(Failure):
    """The statement FAILED; the text is what DescribeStatement shows in ``Error``."""

    def __init__(self, message: str) -> None:
        super().__init__(message if message.startswith("ERROR:") else f"ERROR: {message}")


class Refused(SqlError):
    """A feature is off the allow-list. The text always names it."""

    def __init__(self, feature: str) -> None:
        super().__init__(f"not supported by the embedded Redshift: {feature}")
        self.feature = feature


def fail_if(wrong: object, message: str) -> None:
    """One of Redshift's rules: what breaks it, and the error that the statement then ends with."""
    if wrong:
        raise SqlError(message)


def refuse_if(unsure: object, feature: str) -> None:
    """One of this emulator's limits, in the same form."""
    if unsure:
        raise Refused(feature)


class ApiError(Failure):
    """An exception of the Data API's model: its code is the class that boto3 raises."""

    def __init__(self, code: str, message: str, status: int = 400, **members: str) -> None:
        super().__init__(message)
        self.code, self.status, self.members = code, status, members


def invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)


def not_found(message: str, resource: str) -> ApiError:
    return ApiError("ResourceNotFoundException", message, ResourceId=resource)
