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
# On an emulated processor beside a busy one it may take longer than the 90 seconds that systemd gives it.
mkdir -p /run/systemd/system/firewalld.service.d
printf '[Service]\nTimeoutStartSec=600\n' >/run/systemd/system/firewalld.service.d/patience.conf
systemctl daemon-reload
export TEST_PATIENCE=12 TEST_STORM=500
exec node node_modules/mocha/bin/mocha.js --no-config --reporter spec --timeout 300000 "$@"
