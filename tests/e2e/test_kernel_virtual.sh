#!/bin/sh
# SPDX-License-Identifier: MIT
# test_kernel_virtual.sh - a real kernel is built (once: it is kept in the user's data directory), and two boots of it are the same
#
# The guest of this test is as small as can be; what satbed makes of such a kernel is tested elsewhere.
. tests/e2e/lib.sh
need jq setarch ip tc

"$satbed" kernel build --json >"$work/kernel.json" 2>"$work/err"
case $? in
0) ;;
3) skip "no kernel can be built here: $(tail -n 1 "$work/err")" ;;
*) fail "no kernel was built: $(cat "$work/err")" ;;
esac
kernel=$(jq -r .program "$work/kernel.json")
"$satbed" kernel list --json >"$work/list"
expect_json "$work/list" "map(select(.program == \"$kernel\")) | length == 1"

cat >"$work/init" <<'INIT'
#!/bin/sh
# The first process of the guest, and never of a real machine.
[ $$ -eq 1 ] || exit 2
PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t tmpfs tmpfs /tmp
mount -t devtmpfs dev /dev
mount -t sysfs sys /sys
stty -F /dev/ttyS0 raw
exec >/dev/ttyS0 2>&1
random() {
	head -c 16 /dev/urandom | od -An -tx1 -v
}
random
cat /proc/sys/kernel/random/boot_id
grep MemTotal /proc/meminfo
cat /proc/sys/net/ipv4/tcp_mem /proc/sys/net/ipv4/tcp_rmem /proc/sys/net/ipv4/tcp_wmem
cat /proc/sys/net/ipv4/tcp_available_congestion_control
ip link add va type veth peer name vb && ip link set va up && ip link set vb up && ip address add 10.0.0.1/24 dev va
cat /sys/class/net/va/address
tc qdisc add dev va root handle 1: netem delay 10ms 1ms loss 1% && tc qdisc add dev va parent 1: tbf rate 10mbit burst 10k latency 50ms
tc qdisc show dev va
# Interrupts, files, processes: what a kernel gathers randomness from; longer than its generator keeps a key.
for _ in 1 2 3 4 5 6 7 8; do
	find /usr/share/doc -maxdepth 1 | sort >/tmp/list
	sleep 10
done
random
date +%s.%N
cat /proc/interrupts
echo end
INIT
chmod +x "$work/init"

# boot SEED OUTPUT
boot() {
	# shellcheck disable=SC2016 # of the inner shell
	timeout 120 setarch -R sh -c 'SATBED_GUEST_SEED=$1 LD_PRELOAD=/proc/self/fd/5 exec "$2" mem=256M rootfstype=hostfs rootflags=/ rw init="$3" \
		time-travel=inf-cpu time-travel-start=1000000000000000000 con=null con0=null,fd:1 ssl=null ssl0=null,fd:3' \
		sh "$1" "$kernel" "$work/init" >"$work/console" 2>&1 </dev/null 3>"$2" 5<"$O/satbed-preload.so"
	grep -qx end "$2" || {
		cat "$2"
		tail -n 20 "$work/console"
		fail "the guest did not come to its end"
	} >&2
}

start=$(date +%s)
boot 7 "$work/one"
took=$(($(date +%s) - start))
[ "$took" -lt 60 ] || fail "80 s of virtual time took $took s"
for wanted in bbr cubic 'qdisc netem' 'qdisc tbf' '^1000000080\.'; do
	grep -q "$wanted" "$work/one" || fail "no \"$wanted\" in $(cat "$work/one")"
done
boot 7 "$work/two"
diff "$work/one" "$work/two" >&2 || fail "two boots with one seed differ"
boot 8 "$work/other"
! diff "$work/one" "$work/other" >/dev/null || fail "another seed made no difference"
