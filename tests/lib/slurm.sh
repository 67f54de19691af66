# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# slurm.sh - a real Slurm of two nodes on this machine, in a directory and on ports of its own; sourced after lib.sh
#
#   slurm_need			skip where it is not installed, or this is not root
#   slurm_start DIR		$SLURM_CONF says how to reach it; returns when both nodes are idle
#   slurm_node_start DIR NAME	slurmd of n1 or n2
#   slurm_node_again DIR NAME	after slurm_node_kill: the same, ready when it returns
#   slurm_node_kill DIR NAME SWEEP	kill -9 of it and of what it runs for the sweep in that directory
#   slurm_stop DIR		end what slurm_start began
#
# munge's directories have to belong to root alone, and the test's own are below /tmp, which anybody may write
# to: DIR is one of /run.

slurm_need() {
	for tool in munged slurmctld slurmd sbatch squeue scontrol; do
		command -v $tool >/dev/null || skip "no $tool here; on Debian: apt-get install munge slurmctld slurmd slurm-client"
	done
	[ "$(id -u)" -eq 0 ] || skip "Slurm's daemons are started as root"
}

slurm_node_start() {
	slurmd -D -N "$2" >"$1/slurmd.$2.out" 2>&1 &
	echo $! >"$1/slurmd.$2.started"
}

# Until it has registered, Slurm may give its tasks to one that is not there, and then they are lost.
slurm_node_again() {
	since=$(date +%Y-%m-%dT%H:%M:%S)
	slurm_node_start "$1" "$2"
	wait_for 60 slurm_node_registered "$2" "$since" || fail "no node $2: $(scontrol show node "$2" 2>&1)"
}

slurm_node_registered() {
	started=$(scontrol show node "$1" | sed -n 's/.*SlurmdStartTime=\([0-9T:-]*\).*/\1/p')
	[ "$(printf '%s\n' "$2" "$started" | sort | head -n 1)" = "$2" ] && [ -n "$started" ] &&
		[ "$(sinfo --noheader --nodes="$1" --format=%T)" = idle ]
}

slurm_start() {
	dir=$1
	port=$((30000 + $$ % 20000))
	mkdir -p "$dir/spool/n1" "$dir/spool/n2" "$dir/state"
	chmod 755 "$dir"
	dd if=/dev/urandom of="$dir/munge.key" bs=1024 count=1 2>/dev/null
	chmod 400 "$dir/munge.key"
	cat >"$dir/slurm.conf" <<-END
		ClusterName=test
		SlurmctldHost=localhost(127.0.0.1)
		AuthType=auth/munge
		AuthInfo=socket=$dir/munge.sock
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		ReturnToService=2
		SlurmctldPidFile=$dir/slurmctld.pid
		SlurmdPidFile=$dir/slurmd.%n.pid
		SlurmctldPort=$port
		SlurmctldParameters=enable_configless
		SlurmdTimeout=10
		SlurmdSpoolDir=$dir/spool/%n
		SlurmUser=root
		StateSaveLocation=$dir/state
		SwitchType=switch/none
		SelectType=select/cons_tres
		SelectTypeParameters=CR_CPU
		SlurmdParameters=config_overrides
		NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=1 RealMemory=4000 State=UNKNOWN
		NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=1 RealMemory=4000 State=UNKNOWN
		PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
	END
	SLURM_CONF=$dir/slurm.conf
	export SLURM_CONF
	munged --foreground --force --key-file="$dir/munge.key" --socket="$dir/munge.sock" --pid-file="$dir/munged.pid" \
		--log-file="$dir/munge.log" --seed-file="$dir/munge.seed" >"$dir/munged.out" 2>&1 &
	echo $! >"$dir/munged.started"
	wait_for 10 test -S "$dir/munge.sock" || fail "no munged: $(cat "$dir/munged.out" "$dir/munge.log")"
	slurmctld -D -c >"$dir/slurmctld.out" 2>&1 &
	echo $! >"$dir/slurmctld.started"
	for node in n1 n2; do
		slurm_node_start "$dir" $node
	done
	wait_for 60 slurm_idle || fail "no nodes: $(sinfo 2>&1; tail -n 20 "$dir/slurmctld.out" "$dir"/slurmd.*.out)"
}

slurm_idle() {
	[ "$(sinfo --noheader --Node --format=%T 2>/dev/null | grep -c '^idle$')" -eq 2 ]
}

# end_tree PID SIGNAL: that process, and all that descend from it
end_tree() {
	tree_of "$1" | while read -r one _; do
		kill -s "$2" "$one" 2>/dev/null
	done
}

slurm_node_kill() {
	end_tree "$(cat "$1/slurmd.$2.started")" KILL
	# Tasks have left slurmd; they know where they run.
	for task in $(pgrep -f 'sweep --slice'); do
		tr '\0' '\n' <"/proc/$task/environ" 2>/dev/null >"$1/environ" || continue
		if grep -q "^SLURMD_NODENAME=$2\$" "$1/environ" && grep -qF "XDG_DATA_HOME=$3/" "$1/environ"; then
			end_tree "$task" KILL
		fi
	done
}

slurm_stop() {
	for name in slurmd.n1 slurmd.n2 slurmctld munged; do
		[ ! -f "$1/$name.started" ] || end_tree "$(cat "$1/$name.started")" TERM
	done
	for name in slurmd.n1 slurmd.n2 slurmctld munged; do
		[ ! -f "$1/$name.started" ] || wait "$(cat "$1/$name.started")" 2>/dev/null
	done
}
