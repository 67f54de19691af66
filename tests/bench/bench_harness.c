// SPDX-License-Identifier: MIT
/*
 * bench_harness.c - the harness's bulk flow beside iperf3 on the same unshaped veth path
 *
 * One stream, the same congestion control, client to server; runs of the two alternate, and each
 * ratio is the median over the pairs.  CPU time is user and system time of both ends' processes.
 * Environment: BENCH_REPEATS (5), BENCH_SECONDS (3).
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netns.h"
#include "agent_rig.h"
#include "satbed/base/clock.h"

#define CC	    "cubic"
#define MAX_REPEATS 101

/** struct result - one run */
struct result {
	double goodput_bps, cpu_ns_per_byte;
};

static double cpu_ns(const struct rusage *use)
{
	return 1e9 * (double)(use->ru_utime.tv_sec + use->ru_stime.tv_sec) +
	       1e3 * (double)(use->ru_utime.tv_usec + use->ru_stime.tv_usec);
}

static int run_node(const struct sb_rig *rig, int seconds, struct result *out)
{
	struct sb_test_node node[2];
	struct rusage use[2];
	cJSON *ev = NULL;
	double bytes = 0, span_ns = 1;
	long long t0;

	for (int i = 0; i < 2; i++) {
		if (sb_test_node_start(&node[i], i ? rig->client_ns : rig->server_ns))
			return -1;
		sb_test_node_send(&node[i],
				  "{'op':'prepare','sample_ns':100000000,'flows':[{'id':0,'role':"
				  "'%s','kind':'bulk','dir':'up','streams':1,'cc':'" CC "',"
				  "'address':'" SB_RIG_SERVER4 "','port':5201,'start_ns':0,"
				  "'duration_ns':%lld}]}",
				  i ? "client" : "server", (long long)(seconds * SB_NS_PER_S));
		ev = sb_test_node_expect(&node[i], "ready");
		if (!ev)
			return -1;
		cJSON_Delete(ev);
	}
	t0 = sb_mono_ns() + 20 * SB_NS_PER_MS;
	for (int i = 0; i < 2; i++)
		sb_test_node_send(&node[i], "{'op':'start','t0_ns':%lld}", t0);
	for (int i = 0; i < 2; i++) {
		ev = sb_test_node_expect(&node[i], "done");
		if (!ev)
			return -1;
		if (!i) {
			bytes = sb_test_num(ev, "bytes");
			span_ns = sb_test_num(ev, "end_ns") - sb_test_num(ev, "start_ns");
		}
		cJSON_Delete(ev);
		sb_test_node_send(&node[i], "{'op':'quit'}");
		if (sb_test_node_wait(&node[i], &use[i]))
			return -1;
		sb_test_node_stop(&node[i]);
	}
	out->goodput_bps = bytes * 8e9 / span_ns;
	out->cpu_ns_per_byte = (cpu_ns(&use[0]) + cpu_ns(&use[1])) / bytes;
	return 0;
}

/* @argv in a net namespace; its standard output comes back in @out. */
static pid_t spawn_in(int netns_fd, const char *const argv[], int *out)
{
	int p[2];
	pid_t pid;

	if (pipe2(p, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!sb_test_setns(netns_fd) && dup2(p[1], 1) == 1)
			execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(p[1]);
	*out = p[0];
	return pid;
}

static char *read_to_end(int fd)
{
	size_t len = 0, room = 1 << 20;
	char *buf = calloc(1, room);
	ssize_t n;

	while (buf && len < room - 1 && (n = read(fd, buf + len, room - 1 - len)) > 0)
		len += (size_t)n;
	return buf;
}

static double received_bps(const char *json, double *bytes)
{
	cJSON *all = cJSON_Parse(json);
	const cJSON *end = cJSON_GetObjectItem(all, "end");
	const cJSON *sum = cJSON_GetObjectItem(end, "sum_received");
	const char *error = sb_test_str(all, "error");
	double bps = -1;

	if (sum) {
		*bytes = sb_test_num(sum, "bytes");
		bps = sb_test_num(sum, "bits_per_second");
	} else {
		fprintf(stderr, "bench_harness: iperf3: %s\n", *error ? error : "no result");
	}
	cJSON_Delete(all);
	return bps;
}

static int run_iperf3(const struct sb_rig *rig, int seconds, struct result *out)
{
	char duration[16], line[256];
	const char *const server[] = {"iperf3", "-s", "-1", "--forceflush", NULL};
	const char *const client[] = {"iperf3", "-c",	  SB_RIG_SERVER4, "-C", CC,
				      "-t",	duration, "-J",		  NULL};
	struct rusage use[2] = {0};
	int from[2], status[2] = {0};
	pid_t pid[2];
	double bytes = 0;
	FILE *lines;
	char *json;

	snprintf(duration, sizeof(duration), "%d", seconds);
	pid[0] = spawn_in(rig->server_ns, server, &from[0]);
	lines = fdopen(from[0], "r");
	while (fgets(line, sizeof(line), lines) && !strstr(line, "listening"))
		;
	pid[1] = spawn_in(rig->client_ns, client, &from[1]);
	json = read_to_end(from[1]);
	close(from[1]);
	while (fgets(line, sizeof(line), lines))
		;
	fclose(lines);
	for (int i = 0; i < 2; i++)
		wait4(pid[i], &status[i], 0, &use[i]);
	out->goodput_bps = received_bps(json, &bytes);
	free(json);
	out->cpu_ns_per_byte = (cpu_ns(&use[0]) + cpu_ns(&use[1])) / bytes;
	return out->goodput_bps > 0 && !status[0] && !status[1] ? 0 : -1;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *values, int n)
{
	double sorted[MAX_REPEATS];

	memcpy(sorted, values, (size_t)n * sizeof(*values));
	qsort(sorted, (size_t)n, sizeof(*sorted), compare);
	return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
}

static void print_metric(const char *name, const char *goal, const double *ours,
			 const double *theirs, int n, const char *unit, const char *frames)
{
	cJSON *obj = cJSON_CreateObject(), *detail;
	double ratios[MAX_REPEATS];
	char *text;

	for (int i = 0; i < n; i++)
		ratios[i] = ours[i] / theirs[i];
	cJSON_AddStringToObject(obj, "metric", name);
	cJSON_AddNumberToObject(obj, "value", median(ratios, n));
	cJSON_AddStringToObject(obj, "unit", "ratio");
	cJSON_AddStringToObject(obj, "goal", goal);
	detail = cJSON_AddObjectToObject(obj, "detail");
	cJSON_AddStringToObject(detail, "frames", frames);
	cJSON_AddStringToObject(detail, "unit", unit);
	cJSON_AddNumberToObject(detail, "satbed", median(ours, n));
	cJSON_AddNumberToObject(detail, "iperf3", median(theirs, n));
	cJSON_AddItemToObject(detail, "ratios", cJSON_CreateDoubleArray(ratios, n));
	text = cJSON_PrintUnformatted(obj);
	printf("%s\n", text);
	fflush(stdout);
	fprintf(stderr, "%s: %.3f (goal %s; %g against %g %s)\n", name, median(ratios, n), goal,
		median(ours, n), median(theirs, n), unit);
	free(text);
	cJSON_Delete(obj);
}

static int turn_offloads_off(const struct sb_rig *rig)
{
	for (int i = 0; i < 2; i++) {
		struct sb_test_node node;
		cJSON *ev;

		if (sb_test_node_start(&node, i ? rig->client_ns : rig->server_ns))
			return -1;
		sb_test_node_send(&node, "{'op':'setup','node':'n','interfaces':['eth0']}");
		ev = sb_test_node_expect(&node, "setup");
		cJSON_Delete(ev);
		if (!ev || sb_test_node_stop(&node))
			return -1;
	}
	return 0;
}

static int measure(bool offloads, int repeats, int seconds)
{
	double goodput[2][MAX_REPEATS], cpu[2][MAX_REPEATS];
	const char *frames = offloads ? "offloads on" : "MTU-sized, offloads off";
	struct sb_rig rig;

	if (sb_rig_open(&rig) || (!offloads && turn_offloads_off(&rig)))
		return -1;
	for (int i = 0; i < repeats; i++) {
		for (int k = 0; k < 2; k++) {
			int which = (i + k) % 2; /* neither is always the first */
			struct result r;

			if (which ? run_iperf3(&rig, seconds, &r) : run_node(&rig, seconds, &r))
				return -1;
			goodput[which][i] = r.goodput_bps;
			cpu[which][i] = r.cpu_ns_per_byte;
			fprintf(stderr, "%s, %s: %.2f Gbit/s, %.3f ns CPU per byte\n", frames,
				which ? "iperf3" : "satbed", r.goodput_bps / 1e9,
				r.cpu_ns_per_byte);
		}
	}
	sb_rig_close(&rig);
	print_metric(offloads ? "harness_offloads_goodput_vs_iperf3" : "harness_goodput_vs_iperf3",
		     ">= 1", goodput[0], goodput[1], repeats, "bit/s", frames);
	print_metric(offloads ? "harness_offloads_cpu_per_byte_vs_iperf3"
			      : "harness_cpu_per_byte_vs_iperf3",
		     "<= 1", cpu[0], cpu[1], repeats, "ns CPU time per byte", frames);
	return 0;
}

static int read_setting(const char *name, int otherwise, int max)
{
	const char *text = getenv(name);
	long n = text ? strtol(text, NULL, 10) : otherwise;

	return n < 1 ? 1 : n > max ? max : (int)n;
}

int main(void)
{
	int repeats = read_setting("BENCH_REPEATS", 5, MAX_REPEATS);
	int seconds = read_setting("BENCH_SECONDS", 3, 3600);
	int rc = sb_test_enter_netns();

	signal(SIGPIPE, SIG_IGN);
	if (rc)
		return rc;
	if (system("iperf3 --version >/dev/null 2>&1")) {
		fprintf(stderr, "bench_harness: there is no iperf3 to compare with; on Debian and "
				"Ubuntu: apt-get install iperf3\n");
		return 1;
	}
	return measure(false, repeats, seconds) || measure(true, repeats, seconds) ? 1 : 0;
}
