#!/bin/bash
# Follows docker/aws/README.md, "One instance", in a new Debian: from a root with systemd and Python to a working board.
#
# `make ec2-drill` runs it, as root, in about ten minutes; it is no part of the normal tests. The instance is a container
# of podman and runc in which systemd runs, in the network of this machine. Its packages come from where this machine
# takes them: apt's sources, pip's configuration and the certificates are copied from here. Only HEAD is tried.
set -euo pipefail
cd "$(dirname "$0")/../.."

WORK=$(mktemp -d "${TMPDIR:-/tmp}/ec2-drill.XXXX")
NAME=trendsite-drill-$$
ROOT=$WORK/root

say() { echo "$(date +%T) drill: $*"; }
in_instance() { podman exec "$NAME" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

cleanup() {
    podman rm --force --time 60 "$NAME" >/dev/null 2>&1 || true
    rm -rf "$WORK"
}
trap cleanup EXIT

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Waits until a command succeeds; SECONDS counts the seconds since the start of this script.
wait_for() {
    local what=$1 until=$((SECONDS + $2))
    shift 2
    until "$@" >/dev/null 2>&1; do
        if [ "$SECONDS" -gt "$until" ]; then
            say "FAILED: $what did not happen"
            in_instance journalctl --no-pager -u trendsite | tail -n 40
            in_instance sh -c 'tail -n 20 /var/lib/trendsite/log/*.log' || true
            exit 1
        fi
        sleep 1
    done
    say "$what"
}

# DEBIAN_ROOT is one that was made before.
debootstrap_root() {
    debootstrap --variant=minbase --include=ca-certificates,dbus,python3,systemd,systemd-sysv bookworm "$ROOT" >"$WORK/debootstrap.log"
}

make_root() {
    say "making a Debian 12 in $ROOT"
    if [ -n "${DEBIAN_ROOT:-}" ]; then cp -a "$DEBIAN_ROOT" "$ROOT"; else debootstrap_root; fi
    cp -r /etc/apt/sources.list.d /etc/apt/apt.conf.d "$ROOT/etc/apt/"
    rm -f "$ROOT/etc/apt/sources.list" "$ROOT"/etc/apt/apt.conf.d/docker-clean
    if [ -e /etc/pip.conf ]; then cp /etc/pip.conf "$ROOT/etc/pip.conf"; fi
    if [ -d /usr/local/share/ca-certificates ]; then
        cp -r /usr/local/share/ca-certificates "$ROOT/usr/local/share/"
        env -i PATH="$PATH" chroot "$ROOT" update-ca-certificates >/dev/null 2>&1
    fi
}

# Steps 2 and 3 of the guide, with the simulator, and with ports that are free here.
make_user_data() {
    git archive --format=tar.gz --prefix=trendsite/ --output="$ROOT/root/trendsite.tar.gz" HEAD
    RELEASE=/root/trendsite.tar.gz
    sed -e "s|^RELEASE=.*|RELEASE=\"\${RELEASE:-$RELEASE}\"|" \
        -e "s|^SOURCE=.*|SOURCE=simulator\nPORT=$PORT\nCOLLECTOR_ADDRESS=127.0.0.1:$(free_port)|" \
        docker/aws/user-data.sh >"$ROOT/root/my-user-data.sh"
}

start_instance() {
    podman run --detach --name "$NAME" --runtime runc --systemd always --network host \
        --ulimit nofile=1024:20000 --ulimit nproc=4096:4096 --cap-add SYS_ADMIN,SYS_PTRACE --security-opt seccomp=unconfined \
        --security-opt apparmor=unconfined --rootfs "$ROOT" /sbin/init >/dev/null
    wait_for "systemd runs as process 1" 60 in_instance sh -c 'systemctl is-system-running | grep -E "running|degraded"'
}

# The posts of today, and whether there are ten bars.
top() { curl -fsS --max-time 10 "http://127.0.0.1:$PORT/api/v1/top" | python3 -c "import json, sys; top = json.load(sys.stdin); $1"; }
posts() { top 'print(top["posts"])'; }
has_bars() { top 'sys.exit(len(top["top"]) < 10)'; }
has_more_posts_than() { [ "$(posts)" -gt "$1" ]; }

# Logs in with the first password, as step 5 of the guide shows it.
log_in() {
    local jar=$WORK/cookies address=http://127.0.0.1:$PORT/login/ password token
    password=$(in_instance journalctl --no-pager -u trendsite -g password -o cat | sed -n 's/.*with the password \(\S*\)$/\1/p')
    curl -fsS -c "$jar" -o /dev/null "$address"
    token=$(awk '$6 == "csrftoken" {print $7}' "$jar")
    curl -fsS -b "$jar" -c "$jar" -o /dev/null -H "Referer: $address" \
        --data-urlencode "csrfmiddlewaretoken=$token" --data-urlencode "password=$password" --data username=admin "$address"
    grep -q sessionid "$jar"
}

main_process() { in_instance systemctl show --property MainPID --value trendsite; }
is_another_process() { [ "$(main_process)" != 0 ] && [ "$(main_process)" != "$1" ]; }

# The service may write its data, and nothing else.
check_protection() {
    local process status
    process=$(main_process)
    status=$(in_instance cat "/proc/$process/status")
    grep -q '^NoNewPrivs:.1' <<<"$status" &&
        grep -q '^CapEff:.0000000000000000' <<<"$status" &&
        [ "$(in_instance id -u trendsite)" = "$(awk '/^Uid:/ {print $2}' <<<"$status")" ] &&
        in_service --setuid "$(in_instance id -u trendsite)" touch /var/lib/trendsite/log/written &&
        ! in_service touch /opt/trendsite/written &&
        ! in_service touch /etc/written &&
        [ "$(in_instance stat -c %a:%U /var/lib/trendsite)" = 700:trendsite ]
}
in_service() { in_instance nsenter --target "$(main_process)" --mount "$@"; }

PORT=$(free_port)
make_root
make_user_data
start_instance

say "running the user data as cloud-init does"
in_instance bash /root/my-user-data.sh
wait_for "the board has ten bars" 300 has_bars
wait_for "admin can log in with the password from the journal" 10 log_in
wait_for "the service can write its data and nothing else" 10 check_protection

in_instance sh -c 'cd /opt/trendsite && runuser -u trendsite make status'
in_instance sh -c 'cd /opt/trendsite && runuser -u trendsite make backup BACKUP=/var/tmp/trendsite-before.tar.zst'

BEFORE=$(posts)
KILLED=$(main_process)
in_instance systemctl kill --kill-whom main --signal KILL trendsite
wait_for "after kill -9 systemd starts it again" 60 is_another_process "$KILLED"
wait_for "it counts on from $BEFORE posts" 300 has_more_posts_than "$BEFORE"

BEFORE=$(posts)
say "upgrading to the same release"
in_instance env RELEASE=/root/trendsite.tar.gz bash /opt/trendsite/docker/aws/user-data.sh
wait_for "it counts on from $BEFORE posts" 300 has_more_posts_than "$BEFORE"
in_instance systemctl stop trendsite
[ "$(in_instance systemctl show --property Result --value trendsite)" = success ]
say "all done: the guide works"
