#!/usr/bin/env bash
# Chromium for tests/browser, from Debian's or Ubuntu's own packages; nothing is done where it is installed.
set -euo pipefail
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || {
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-core
}
