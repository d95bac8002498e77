#!/bin/sh
# What Qt's wheels expect of the system to open a window under X: from Debian as root, otherwise said.
set -e
packages=""
for pair in libxcb-cursor.so.0:libxcb-cursor0 libxcb-icccm.so.4:libxcb-icccm4 libxcb-keysyms.so.1:libxcb-keysyms1 libxkbcommon-x11.so.0:libxkbcommon-x11-0 libxcb-image.so.0:libxcb-image0 libxcb-render-util.so.0:libxcb-render-util0 libEGL.so.1:libegl1; do
  ldconfig -p | grep -q "${pair%%:*}" || packages="$packages ${pair##*:}"
done
[ -z "$packages" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "window: installing$packages"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
else
  echo "window: not all that Qt needs is here. To run its test:" >&2
  echo "    sudo apt-get install --no-install-recommends$packages" >&2
fi
