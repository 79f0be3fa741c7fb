#!/bin/bash
# Makes the captures of testdata/captures with real IKE daemons in network namespaces. See README.md.
#
#   make.sh                     every scenario
#   make.sh NAME...             these scenarios
#   make.sh --list              the names
#   make.sh --jobs 8 [NAME...]  eight at a time (4)
#   make.sh --expected          only writes captures/expected.tsv and the table of testdata/README.md
set -euo pipefail
cd "$(dirname "$0")"
export PYTHONDONTWRITEBYTECODE=1

tools=(/usr/lib/ipsec/charon swanctl pki tcpdump dumpcap tshark editcap nft ethtool ip gcc certutil)
for tool in "${tools[@]}"; do
    command -v "$tool" >/dev/null || { echo "make.sh: $tool is missing, see README.md for the packages" >&2; exit 2; }
done
[ "$(id -u)" = 0 ] || { echo "make.sh: network namespaces need root" >&2; exit 2; }

mkdir -p .cache
# libreswan conflicts with strongSwan's starter package, so it is unpacked, not installed.
if [ ! -x .cache/libreswan/usr/libexec/ipsec/pluto ]; then
    ls .cache/libreswan_*.deb >/dev/null 2>&1 || (cd .cache && apt-get download libreswan)
    dpkg -x .cache/libreswan_*.deb .cache/libreswan
fi
if [ xfrm_aside.c -nt .cache/xfrm_aside.so ]; then
    gcc -shared -fPIC -O2 -Wall -Wextra -o .cache/xfrm_aside.so xfrm_aside.c -ldl
fi
exec python3 run.py "$@"
