#!/bin/bash
# Installs the release in /opt/trendsite.next and makes it the one that this machine runs. user-data.sh starts it, as root.
#
#   /opt/trendsite           the code and .venv; belongs to root, the service only reads it
#   /opt/trendsite.previous  the same before the last upgrade
#   /etc/trendsite           settings.env, which you edit; write_env.py adds what SSM has
#   /var/lib/trendsite       all data (DATA_DIR)
#
# Every step looks at what is there already, so running it again does no harm. A running service continues until the
# new release is installed: if that fails, nothing has changed.
set -euo pipefail
umask 022

NEXT=/opt/trendsite.next
HERE=/opt/trendsite
PREVIOUS=/opt/trendsite.previous
ETC=/etc/trendsite
DATA=/var/lib/trendsite

has_systemd() { [ -d /run/systemd/system ]; }

make_user() {
    id trendsite >/dev/null 2>&1 ||
        useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin trendsite
    install -d -m 700 -o trendsite -g trendsite "$DATA"
    install -d -m 750 -o root -g trendsite "$ETC"
}

# The processes need up to 1.5 GiB while they catch up, so a small machine gets as much swap as it has memory.
make_swap() {
    local megabytes
    megabytes=$(awk '/^MemTotal:/ {print int($2 / 1024)}' /proc/meminfo)
    if [ "$megabytes" -gt 2048 ] || [ "$(wc -l </proc/swaps)" -gt 1 ]; then return; fi
    echo "trendsite: adding 1 GiB of swap"
    dd if=/dev/zero of=/swapfile bs=1M count=1024 status=none
    chmod 600 /swapfile
    mkswap /swapfile >/dev/null
    swapon /swapfile
    grep -q '^/swapfile ' /etc/fstab || echo '/swapfile none swap sw 0 0' >>/etc/fstab
}

write_settings() {
    if [ -n "${SSM_PATH:-}" ]; then echo "$SSM_PATH" >"$ETC/ssm-path"; fi
    if [ -e "$ETC/settings.env" ]; then return; fi
    {
        echo "# Settings of Trendsite: docs/settings.md. After a change: systemctl restart trendsite"
        echo "DATA_DIR=$DATA"
        grep -v -e '^$' -e '=$' <<<"${SETTINGS:-}" || true
    } >"$ETC/settings.env"
}

# The packages of the release before are linked, not copied: that costs no disk, and only what changed is downloaded.
install_packages() {
    local python
    python=$(command -v python3.14 python3.13 python3.12 python3.11 python3 | head -n 1)
    cd "$NEXT"
    if [ -d "$HERE/.venv" ]; then
        cp -al "$HERE/.venv" .venv
        sed -i -e '' .venv/*.installed # these are written in place, so each release needs its own
    fi
    UV_NO_CACHE=1 "$python" -m launch.install true
    # Some programs name the folder in which they were installed.
    { grep -rlI "$NEXT" .venv/bin || true; } | xargs --no-run-if-empty sed -i "s#$NEXT#$HERE#g"
    # The service cannot write here, so it could never store what it compiles. A few packages have files for Python 2.
    .venv/bin/python -m compileall -q -s "$NEXT" -p "$HERE" .venv/lib collector contract launch streaming trendsite >/dev/null || true
}

switch() {
    if has_systemd && systemctl is-active --quiet trendsite; then systemctl stop trendsite; fi
    rm -rf "$PREVIOUS"
    if [ -d "$HERE" ]; then mv "$HERE" "$PREVIOUS"; fi
    mv "$NEXT" "$HERE"
    cd "$HERE"
    ln -sfn "$ETC/trendsite.env" .env
    .venv/bin/python docker/aws/write_env.py
    install -m 644 docker/aws/trendsite.service /etc/systemd/system/trendsite.service
    install -D -m 644 docker/aws/journald.conf /etc/systemd/journald.conf.d/trendsite.conf
}

start() {
    if ! has_systemd; then
        echo "trendsite: installed; systemd does not run here, so start it as trendsite.service does"
        return
    fi
    systemctl daemon-reload
    systemctl try-restart systemd-journald
    systemctl enable --now trendsite
    echo "trendsite: started; the first password of admin: journalctl -u trendsite -g password"
}

make_user
make_swap
write_settings
install_packages
switch
start
