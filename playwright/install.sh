#!/bin/sh
# The three test browsers, from Debian: Chromium, Firefox ESR and WebKitGTK's MiniBrowser (under a virtual screen).
# As root they are installed; otherwise this says exactly what to install. Never a test tool's own download.
set -e
packages=""
command -v chromium >/dev/null || packages="$packages chromium"
command -v firefox-esr >/dev/null || command -v firefox >/dev/null || packages="$packages firefox-esr"
command -v WebKitWebDriver >/dev/null || packages="$packages webkit2gtk-driver"
command -v Xvfb >/dev/null || packages="$packages xvfb"
[ -z "$packages" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "browsers: installing$packages"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages fonts-dejavu-core >/dev/null
else
  echo "browsers: not all are here; their tests are skipped. To run them:" >&2
  echo "    sudo apt-get install --no-install-recommends$packages fonts-dejavu-core" >&2
fi
