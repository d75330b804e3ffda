"""What each function is told by its environment. Read on first use, never at import; all that is missing at once."""

import os
from dataclasses import MISSING, dataclass, fields
from typing import Self

from retail_etl.errors import EtlError


class SettingsError(EtlError):
    """The environment lacks something that template.yaml gives every function."""


@dataclass(frozen=True)
class _Settings:
    @classmethod
    def from_environment(cls) -> Self:
        """Read each field from the variable of its name in upper case; a field with a default may be left out.

        Raises:
            SettingsError: naming every variable that is missing or empty.
        """
        values = {item.name: os.environ.get(item.name.upper()) or item.default for item in fields(cls)}
        if missing := [name.upper() for name, value in values.items() if value is MISSING]:
            raise SettingsError(f"not set in the environment: {', '.join(missing)}")
        return cls(**values)


@dataclass(frozen=True)
class CleanSettings(_Settings):
    """clean_raw."""

    queue_url: str
    idempotency_table: str
    alert_topic_arn: str


@dataclass(frozen=True)
class LoadSettings(_Settings):
    """copy_to_redshift. `success_messages` is `true` where each load is to be announced, else `false`."""

    queue_url: str
    idempotency_table: str
    alert_topic_arn: str
    success_messages: str
    event_bus_name: str
    workgroup_name: str
    database_name: str
    copy_role_arn: str


@dataclass(frozen=True)
class PublishSettings(_Settings):
    """publish_dashboards."""

    queue_url: str
    bucket_name: str
    workgroup_name: str
    database_name: str


@dataclass(frozen=True)
class FreshnessSettings(_Settings):
    """check_freshness."""

    bucket_name: str


@dataclass(frozen=True)
class MigrateSettings(_Settings):
    """migrate_warehouse.

    It acts as the administrator of a namespace of its own, or as the user in a given secret, or as its IAM role.
    `workgroup_arn` is that of a workgroup of its own, which `daily_rpu_hours` limits unless it is 0.
    """

    workgroup_name: str
    database_name: str
    event_bus_name: str
    loader_role_name: str
    publisher_role_name: str
    namespace_name: str | None = None
    admin_secret_arn: str | None = None
    workgroup_arn: str | None = None
    daily_rpu_hours: str = "0"
