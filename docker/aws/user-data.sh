#!/bin/bash
# Trendsite on one machine of Debian 12 or Amazon Linux 2023. README.md beside this file is its guide.
#
# Give this file to a new EC2 instance as its user data: cloud-init runs it once, as root. Run it again by hand to
# upgrade to another RELEASE; your settings and all counts stay. Every process of the instance can read its user data,
# so no secret belongs here: SSM_PATH names the place for those.
set -euo pipefail

# What to install: a .tar.gz (s3://..., https://... or a file of this machine), or a git address ending in .git.
RELEASE="${RELEASE:-}"
RELEASE_TAG="${RELEASE_TAG:-main}" # or branch, for git

# Written to /etc/trendsite/settings.env at the first run only. All settings: docs/settings.md.
SETTINGS="
SOURCE=bluesky
ARCHIVE_URL=
AWS_DEFAULT_REGION=
"

# Parameters of AWS Systems Manager below this path are settings too: /trendsite/X_BEARER_TOKEN sets X_BEARER_TOKEN.
SSM_PATH="${SSM_PATH:-}"

if [ -z "$RELEASE" ]; then
    echo "trendsite: RELEASE is empty: edit it at the top of this script" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive HOME="${HOME:-/root}" SETTINGS SSM_PATH

case "$RELEASE" in
    *.git) fetch_with=git ;;
    s3://*) fetch_with=awscli ;;
    *) fetch_with=curl ;;
esac
# Java and Redis come with the packages of Python, so none is installed here. Amazon Linux has curl and the AWS CLI.
if command -v apt-get >/dev/null; then
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends ca-certificates make python3 python3-venv tar "$fetch_with" >/dev/null
elif [ "$fetch_with" = git ]; then
    dnf install -y -q git make python3.11 tar
else
    dnf install -y -q make python3.11 tar
fi

# A first run that was interrupted may have left part of a release.
rm -rf /opt/trendsite.next
mkdir -p /opt/trendsite.next
case "$RELEASE" in
    *.git) git clone -q --depth 1 --branch "$RELEASE_TAG" "$RELEASE" /opt/trendsite.next ;;
    s3://*) aws s3 cp --quiet "$RELEASE" - | tar -xz --strip-components 1 -C /opt/trendsite.next ;;
    https://*) curl -fsSL --retry 5 "$RELEASE" | tar -xz --strip-components 1 -C /opt/trendsite.next ;;
    *) tar -xzf "$RELEASE" --strip-components 1 -C /opt/trendsite.next ;;
esac

exec bash /opt/trendsite.next/docker/aws/setup.sh
