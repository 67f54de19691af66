#!/bin/sh
# SPDX-License-Identifier: MIT
# sweep.sh - what a sweep costs over its runs, and how fast a large one is shown: make bench-sweep
#
#   O=build RUNS=100 tests/bench/sweep.sh
#
# RUNS runs of leo-lossy (30 s each) on the virtual clock on all processors; the same runs one by one, of which
# five are made, for comparison; a table of a million runs; two nodes of a Slurm against one, where there is Slurm.
set -eu

O=${O:-build}
runs=${RUNS:-100}
work=$(mktemp -d "${TMPDIR:-/tmp}/bench-sweep.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

# measured NAME COMMAND...: wall and processor seconds to $work/NAME
measured() {
	name=$1
	shift
	command time -f '%e %U %S' -o "$work/$name" "$@" >"$work/out" 2>&1 || {
		cat "$work/out"
		exit 1
	}
}
field() {
	awk -v f="$2" '{ print f == 1 ? $1 : $2 + $3 }' "$work/$1"
}

measured sweep "$O/satbed" sweep scenarios/leo-lossy.ini --clock virtual --seeds "1..$runs" --out "$work/leo" --quiet
one=0
for seed in 1 2 3 4 5; do
	measured run "$O/satbed" run scenarios/leo-lossy.ini --clock virtual --seed $seed --quiet --out "$work/run-$seed"
	one=$(awk -v a="$one" -v b="$(field run 2)" 'BEGIN { print a + b / 5 }')
done
awk -v runs="$runs" -v wall="$(field sweep 1)" -v cpu="$(field sweep 2)" -v one="$one" 'BEGIN {
	printf "%d runs of leo-lossy, 30 s each, %d processors: %.1f s, %.1f processor seconds\n", runs, '"$(nproc)"', wall, cpu
	printf "a run: %.2f processor seconds in the sweep, %.2f alone: %+.1f %%\n", cpu / runs, one, 100 * (cpu / runs / one - 1)
}'

# A million runs: four levels by 250,000 seeds.
mkdir "$work/million"
cp "$work/leo/results.sqlite" "$work/million/"
sqlite3 "$work/million/results.sqlite" <<-'END'
	DELETE FROM readings; DELETE FROM flows; DELETE FROM links; DELETE FROM events; DELETE FROM runs;
	DELETE FROM factors; DELETE FROM cases;
	INSERT INTO cases(id, levels) VALUES (1,'a'), (2,'b'), (3,'c'), (4,'d');
	INSERT INTO factors SELECT id, 'flow.bulk.cc', 0, id - 1, levels, levels FROM cases;
	WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
	INSERT INTO runs(id, hash, case_id, seed, verdict, failed, directory)
	SELECT i, printf('%032x', i), i % 4 + 1, i / 4, 'PASS', 0, 'runs/x' FROM n;
	INSERT INTO readings SELECT 'goodput.bulk', id, 'bit/s', 1e6 + id * 7919 % 1000003 FROM runs;
END
measured show "$O/satbed" sweep show "$work/million"
cat "$work/out"
echo "a million runs shown in $(field show 1) s"
RUNS=$runs tests/bench/sweep_slurm.sh || [ $? -eq 77 ]
