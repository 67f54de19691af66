# SPDX-License-Identifier: MIT
# equivalence.awk - table and JSON of equivalence.sh's runs
#
#   awk -v json=FILE -f equivalence.awk equivalence.csv
#
# Two one-sided t tests (TOST) at 5 % each on the differences virtual - real of the pairs with the same seed: "same" where
# the 90 % interval of their mean lies within the margins (goodput 3 % and retransmissions 10 % of the real mean, round
# trip 2 ms), "differs" where it lies outside, "open" where it does neither: more seeds would tell.  The round trip is
# the median of a run.
BEGIN {
	FS = ","
	count = split("goodput retransmissions rtt", names, " ")
	margin["goodput"] = 0.03
	margin["retransmissions"] = 0.10
	margin["rtt"] = 2
	level = 0.95
}
NR == 1 {
	next
}
{
	verdicts[$4, $6]++
	if ($4 == "real") {
		load_sum += $10
		loads++
		if ($10 > load_most)
			load_most = $10
	}
	if ($6 == "INVALID")
		next
	group = $1 "," $2
	if (!(group in seen)) {
		seen[group] = 1
		groups[++group_count] = group
	}
	if (!((group, $3) in known)) {
		known[group, $3] = 1
		seeds[group, ++seed_count[group]] = $3
	}
	value[group, $3, $4, "goodput"] = $7
	value[group, $3, $4, "rtt"] = $8
	value[group, $3, $4, "retransmissions"] = $9
}

# density(X, DF): Student's, not normed
function density(x, df) {
	return exp(-(df + 1) / 2 * log(1 + x * x / df))
}
# area(FROM, TO, DF): by Simpson's rule
function area(from, to, df, i, sum, h) {
	h = (to - from) / 2000
	sum = density(from, df) + density(to, df)
	for (i = 1; i < 2000; i++)
		sum += density(from + i * h, df) * (i % 2 ? 4 : 2)
	return sum * h / 3
}
# t_quantile(P, DF): above a half; beyond 400 no density is left for so few degrees of freedom
function t_quantile(p, df, half, low, high, mid, i) {
	if (df in quantiles)
		return quantiles[df]
	# x = tan(u) brings the whole axis into a finite one
	half = 0
	for (i = 0; i < 20000; i++) {
		mid = (i + 0.5) / 20000 * 1.5707963267949
		half += density(sin(mid) / cos(mid), df) / (cos(mid) * cos(mid))
	}
	half *= 1.5707963267949 / 20000
	low = 0
	high = 400
	for (i = 0; i < 60; i++) {
		mid = (low + high) / 2
		if (area(0, mid, df) < (p - 0.5) * 2 * half)
			low = mid
		else
			high = mid
	}
	return quantiles[df] = low
}

# judge(GROUP, NAME): sets n, real, diff, low, high (in the margin's unit) and ruling
function judge(group, name, i, seed, sum, squares, d, bound, sd) {
	n = real = sum = squares = 0
	for (i = 1; i <= seed_count[group]; i++) {
		seed = seeds[group, i]
		if (!((group, seed, "real", name) in value) || !((group, seed, "virtual", name) in value))
			continue
		n++
		real += value[group, seed, "real", name]
		d = value[group, seed, "virtual", name] - value[group, seed, "real", name]
		sum += d
		squares += d * d
	}
	if (n < 2)
		return 0
	real /= n
	diff = sum / n
	sd = squares / n - diff * diff
	sd = sqrt((sd > 0 ? sd : 0) * n / (n - 1))
	bound = t_quantile(level, n - 1) * sd / sqrt(n)
	low = diff - bound
	high = diff + bound
	if (name != "rtt") {
		if (real == 0) {
			ruling = low == 0 && high == 0 ? "same" : "open"
			return 1
		}
		diff /= real
		low /= real
		high /= real
	}
	ruling = low >= -margin[name] && high <= margin[name] ? "same" : \
		low > margin[name] || high < -margin[name] ? "differs" : "open"
	return 1
}

function text(name) {
	if (name == "rtt")
		return sprintf("%.1f ms %+.1f [%+.1f, %+.1f] %s", real, diff, low, high, ruling)
	if (real == 0)
		return "0 " ruling
	return sprintf("%.*f %+.1f %% [%+.1f, %+.1f] %s", name == "goodput" ? 2 : 0, name == "goodput" ? real / 1e6 : real,
		100 * diff, 100 * low, 100 * high, ruling)
}

END {
	printf "| scenario | pairs | goodput, Mbit/s (±3 %%) | retransmissions (±10 %%) | RTT p50 (±2 ms) |\n|---|---|---|---|---|\n"
	for (g = 1; g <= group_count; g++) {
		row = ""
		for (k = 1; k <= count; k++) {
			if (!judge(groups[g], names[k]))
				continue
			row = row " | " text(names[k])
			rulings[names[k], ruling]++
			if (json)
				rows = rows sprintf("%s{\"group\":\"%s\",\"value\":\"%s\",\"pairs\":%d,\"real\":%.9g,\"difference\":%.6g," \
					"\"low\":%.6g,\"high\":%.6g,\"result\":\"%s\"}", rows ? ",\n" : "", groups[g], names[k], n,
					real, diff, low, high, ruling)
		}
		name = groups[g]
		sub(/,/, " ", name)
		if (row)
			print "| " name " | " n row " |"
	}
	print ""
	for (k = 1; k <= count; k++)
		printf "%s: same %d, open %d, differs %d\n", names[k], rulings[names[k], "same"], rulings[names[k], "open"],
			rulings[names[k], "differs"]
	printf "runs on the real clock: PASS %d, WARN %d, INVALID (not used) %d; load average %.1f, at most %.1f\n",
		verdicts["real", "PASS"], verdicts["real", "WARN"], verdicts["real", "INVALID"], loads ? load_sum / loads : 0, load_most
	printf "runs on the virtual clock: PASS %d, WARN %d, INVALID %d\n", verdicts["virtual", "PASS"],
		verdicts["virtual", "WARN"], verdicts["virtual", "INVALID"]
	if (json)
		printf "{\"rows\":[\n%s\n]}\n", rows >json
}
