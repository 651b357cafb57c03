#!/bin/sh
# Installs Chromium, which tests of rendered and served pages drive, where it is missing. Quick when it is there.
# Where it cannot be installed, says why and leaves it: those tests then skip with a reason, or fail in CI.
set -eu
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null && exit 0
done
miss() {
    echo "Chromium is missing and could not be installed ($1): the tests that need it are skipped" >&2
    exit 0
}
command -v apt-get >/dev/null || miss "there is no apt-get here; install Chromium yourself"
root=
if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || miss "installing needs root; run: sudo apt-get install chromium"
    root="sudo -n"
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "Installing Chromium for the tests (once, about a minute)..."
apt="$root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300"
if $apt update >"$log" 2>&1 && $apt install --no-install-recommends chromium fonts-dejavu-core >>"$log" 2>&1; then
    exit 0
fi
tail -n 5 "$log" >&2
miss "apt-get failed, see above"
