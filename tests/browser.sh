#!/bin/sh
# Makes sure that a Chromium and a Chinese font are there: through apt when we may, else with a sentence that says what to do.
set -eu
need=""
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || need="chromium"
fc-list :lang=zh 2>/dev/null | grep -q . || need="$need fonts-noto-cjk fontconfig"
[ -z "$need" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing$need"
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $need >/dev/null
else
    echo "the tests need these system packages:$need"
    echo "install them (Debian, Ubuntu: sudo apt-get install$need) and run make again"
    exit 1
fi
