"""Every API call that the functions make, and what of the template each one is made to.

The table is the reviewer's: test_permissions.py holds the roles, the adapters' code and the calls that the handler
tests record against it.
"""

from collections.abc import Mapping

# The IAM action behind an operation, where its name is another. Source: each operation's page in its API reference.
ACTIONS: Mapping[str, tuple[str, ...]] = {
    "s3.HeadObject": ("s3:GetObject",),
    "s3.ListObjectsV2": ("s3:ListBucket",),
    "s3.CreateMultipartUpload": ("s3:PutObject",),
    "s3.UploadPart": ("s3:PutObject",),
    "s3.UploadPartCopy": ("s3:PutObject",),  # and s3:GetObject on the source: a row of its own below
    "s3.CompleteMultipartUpload": ("s3:PutObject",),
    "s3.GetBucketNotificationConfiguration": ("s3:GetBucketNotification",),
    "s3.PutBucketNotificationConfiguration": ("s3:PutBucketNotification",),
    "redshift-data.GetStatementResultV2": ("redshift-data:GetStatementResult",),
}

_UPLOAD = ("s3.CreateMultipartUpload", "s3.UploadPart", "s3.CompleteMultipartUpload", "s3.AbortMultipartUpload")
_IDEMPOTENCY = dict.fromkeys(
    ("dynamodb.GetItem", "dynamodb.PutItem", "dynamodb.UpdateItem", "dynamodb.DeleteItem"), ("IdempotencyTable",)
)
_WRITTEN = ("bucket/staging/*", "bucket/monthly_data/*", "bucket/rejected/*", "bucket/dashboard_data/*_latest.csv")
_STATEMENTS = {
    "redshift-data.BatchExecuteStatement": ("Workgroup",),
    "redshift-data.ExecuteStatement": ("Workgroup",),
    "redshift-data.DescribeStatement": ("*",),
    "redshift-data.GetStatementResult": ("*",),
}

CALLS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "CleanRaw": {
        **_IDEMPOTENCY,
        **dict.fromkeys((*_UPLOAD, "s3.UploadPartCopy"), _WRITTEN),
        "s3.PutObject": ("bucket/reports/*",),
        "s3.GetObject": ("bucket/raw/*", "bucket/reports/*", *_WRITTEN),
        "s3.HeadObject": ("bucket/raw/*", *_WRITTEN),
        "s3.DeleteObject": ("bucket/staging/*",),
        "s3.ListObjectsV2": ("bucket",),
        "sqs.ChangeMessageVisibility": ("RawQueue",),
        "sns.Publish": ("AlertTopic",),
    },
    "CopyToRedshift": {
        **_IDEMPOTENCY,
        **_STATEMENTS,
        "s3.GetObject": ("bucket/reports/*",),
        "s3.HeadObject": ("bucket/monthly_data/*",),
        "s3.PutObject": ("bucket/manifests/*", "bucket/reports/*"),
        "s3.DeleteObject": ("bucket/manifests/*", "bucket/monthly_data/*"),
        "s3.ListObjectsV2": ("bucket",),  # not called: a HeadObject answers 404 only to who may list
        "sqs.SendMessage": ("MonthlyQueue",),
        "sqs.ChangeMessageVisibility": ("MonthlyQueue",),
        "sns.Publish": ("AlertTopic",),
        "events.PutEvents": ("EventBus",),
    },
    "PublishDashboards": {
        **_STATEMENTS,
        "redshift-data.GetStatementResultV2": ("*",),
        "s3.GetObject": ("bucket/dashboard_data/manifest.json",),
        "s3.PutObject": (
            "bucket/dashboard_data/views/*",
            "bucket/dashboard_data/index.html",
            "bucket/dashboard_data/data_dictionary.csv",
            "bucket/dashboard_data/manifest.json",
        ),
        "s3.ListObjectsV2": ("bucket",),
        "sqs.ChangeMessageVisibility": ("PublishQueue",),
    },
    "MigrateWarehouse": {
        **_STATEMENTS,
        "redshift-serverless.GetNamespace": ("Namespace",),
        "redshift-serverless.ListUsageLimits": ("*",),
        "redshift-serverless.CreateUsageLimit": ("*",),
        "redshift-serverless.UpdateUsageLimit": ("*",),
        "events.PutEvents": ("EventBus",),
    },
    "CheckFreshness": {
        "s3.GetObject": ("bucket/dashboard_data/manifest.json",),
        "s3.ListObjectsV2": ("bucket",),  # not called: a GetObject answers 404 only to who may list
    },
    "WireBucket": {
        "s3.GetBucketNotificationConfiguration": ("bucket",),
        "s3.PutBucketNotificationConfiguration": ("bucket",),
    },
}

# What AWS does in a function's name, so that no code of ours calls it.
_ALWAYS = {"xray:PutTraceSegments": "*", "xray:PutTelemetryRecords": "*"}
_POLL = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
_SECRETS = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:"
BY_AWS: Mapping[str, Mapping[str, str]] = {
    "CleanRaw": _ALWAYS | dict.fromkeys(_POLL, "RawQueue"),
    "CopyToRedshift": _ALWAYS
    | dict.fromkeys(_POLL, "MonthlyQueue")
    | {"redshift-serverless:GetCredentials": "Workgroup"},  # the Data API logs in as the caller
    "PublishDashboards": _ALWAYS
    | dict.fromkeys(_POLL, "PublishQueue")
    | {"redshift-serverless:GetCredentials": "Workgroup"},
    "MigrateWarehouse": _ALWAYS
    | {
        "sqs:SendMessage": "MigrateDeadLetters",  # Lambda keeps an event that was not handled
        "secretsmanager:GetSecretValue": _SECRETS
        + "redshift!${Namespace}-admin-*",  # the Data API logs in as the administrator
    },
    "CheckFreshness": _ALWAYS,
    "WireBucket": _ALWAYS | {"sqs:SendMessage": "MigrateDeadLetters"},
}

# The `etl` command's calls, made with the credentials of whoever types it.
OPERATORS = {"sqs.GetQueueAttributes", "sqs.ReceiveMessage", "sqs.DeleteMessage"}
