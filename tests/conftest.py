"""What holds for every test: no machine-specific region, and what Powertools reads when a handler is imported."""

import os

os.environ.update(
    AWS_DEFAULT_REGION="us-east-1",
    POWERTOOLS_SERVICE_NAME="test",
    POWERTOOLS_TRACE_DISABLED="1",
    POWERTOOLS_METRICS_DISABLED="1",
)
