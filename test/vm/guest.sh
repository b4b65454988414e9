#!/bin/bash
# Runs in a virtual machine, as root: a fresh Debian with its own kernel, systemd, and the real firewall tools. Its folder
# has the packed project.
set -euo pipefail
# After a reboot it is there.
if [ ! -d /opt/wallwatch ]; then
  mkdir /opt/wallwatch
  tar -C /opt/wallwatch --no-same-owner -xf project.tar
fi
cd /opt/wallwatch
export TEST_PATIENCE=12 TEST_STORM=500
exec node node_modules/mocha/bin/mocha.js --no-config --reporter spec --timeout 300000 "$@"
