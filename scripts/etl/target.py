"""Which cloud a command talks to: the emulated one that runs on this machine, or a stack in an AWS account."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from etl.failures import explained
from retail_etl.adapters.bucket import Bucket
from retail_etl.adapters.messages import Queue
from retail_etl.adapters.warehouse import Warehouse, admin_secret_arn
from retail_etl.errors import EtlError

if TYPE_CHECKING:
    from local.cloud import Cloud

STACK_NAME = "retail-etl"  # as samconfig.toml names it
# ETL_CLOUD: the state folder of another emulated cloud of this machine.
CLOUD_FOLDER = Path(os.environ.get("ETL_CLOUD") or Path(__file__).parents[2] / ".local" / "cloud")


class TargetError(EtlError):
    """There is nothing to talk to; the message says what to do about it."""


@dataclass(frozen=True)
class Target:
    """One deployed stack."""

    session: boto3.Session
    stack_name: str

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs by name."""
        try:
            stacks = self.session.client("cloudformation").describe_stacks(StackName=self.stack_name)["Stacks"]
        except (ClientError, BotoCoreError) as error:
            hint = "; `etl up` deploys it" if isinstance(self.session, _EmulatedSession) else ""
            raise TargetError(f"stack {self.stack_name} cannot be found: {explained(error)}{hint}") from error
        return {item["OutputKey"]: item["OutputValue"] for item in stacks[0].get("Outputs", ())}

    @cached_property
    def bucket(self) -> Bucket:
        """The stack's bucket."""
        return Bucket(self.session.client("s3"), self.outputs["BucketName"])

    @cached_property
    def raw_queue(self) -> Queue:
        """The queue of deliveries to clean."""
        return Queue(self.session.client("sqs"), self.outputs["RawQueueUrl"])

    @cached_property
    def monthly_queue(self) -> Queue:
        """The queue of monthly files to load."""
        return Queue(self.session.client("sqs"), self.outputs["MonthlyQueueUrl"])

    @cached_property
    def dead_letters(self) -> dict[str, Queue]:
        """Every dead-letter queue of the stack, by the name of its output."""
        sqs, end = self.session.client("sqs"), "DeadLettersUrl"
        return {name.removesuffix("Url"): Queue(sqs, url) for name, url in self.outputs.items() if name.endswith(end)}

    @cached_property
    def warehouse(self) -> Warehouse:
        """The stack's database, as its administrator, whose secret the caller must be allowed to read.

        The database user that a person's own AWS user becomes is a new one, and may see no table.
        """
        client = self.session.client("redshift-data", config=Config(retries={"mode": "standard"}))
        return Warehouse(client, self.outputs["WorkgroupName"], self.outputs["DatabaseName"], self._admin_secret_arn())

    def _admin_secret_arn(self) -> str | None:
        if namespace := self.outputs.get("NamespaceName"):
            try:
                return admin_secret_arn(self.session.client("redshift-serverless"), namespace)
            except (ClientError, BotoCoreError) as error:
                raise TargetError(f"the administrator's secret of {namespace} cannot be found: {error}") from error
        return self.outputs.get("AdminSecretArn")  # of a workgroup that was there before; none in the emulated cloud


def emulated(running: "Cloud") -> Target:
    """The stack in an emulated cloud."""
    return Target(_EmulatedSession(running), STACK_NAME)


def find(stack_name: str | None = None, profile: str | None = None, folder: Path = CLOUD_FOLDER) -> Target:
    """The stack that was named, else the one in the emulated cloud of this machine.

    Raises:
        TargetError: none was named and no emulated cloud runs.
    """
    if stack_name or profile:
        return Target(boto3.Session(profile_name=profile), stack_name or STACK_NAME)
    try:
        from local import cloud
    except ModuleNotFoundError as error:
        raise TargetError("say which stack: --stack NAME; the emulated cloud needs the repository") from error
    running = cloud.running(folder)
    if running is None:
        raise TargetError("no emulated cloud runs here: start one with `etl up`, or name a stack with --stack")
    return emulated(running)


class _EmulatedSession(boto3.Session):
    """A session whose every client talks to one emulated cloud, whatever the environment and the profiles say."""

    def __init__(self, running: "Cloud") -> None:
        environment = running.environment()
        super().__init__(
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            region_name=environment["AWS_REGION"],
        )
        self._running = running

    def client(self, service_name: str, *arguments: Any, **options: Any) -> Any:
        endpoint = self._running.redshift if service_name == "redshift-data" else self._running.aws
        return super().client(service_name, *arguments, **options, endpoint_url=endpoint)  # type: ignore[call-overload] # any service
