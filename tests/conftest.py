"""What holds for every test: Powertools reads these when a handler is first imported."""

import os

os.environ.update(POWERTOOLS_SERVICE_NAME="test", POWERTOOLS_TRACE_DISABLED="1", POWERTOOLS_METRICS_DISABLED="1")
