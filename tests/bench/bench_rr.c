// SPDX-License-Identifier: MIT
/*
 * bench_rr.c - the harness's own share of a request's latency, beside sockperf on the same path
 *
 * An unshaped veth pair, one request at a time, messages of 64 bytes both ways; runs of the two
 * alternate, and each ratio is the median over the pairs.  What is compared is the median round
 * trip. Environment: BENCH_REPEATS (5), BENCH_SECONDS (2).
 */
#include <cjson/cJSON.h>
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

#define BYTES	    "64"
#define PORT	    "5201"
#define MAX_REPEATS 101

/* The median round trip of the harness, in microseconds; below 0 = it did not work. */
static double run_node(const struct sb_rig *rig, const char *transport, int seconds)
{
	struct sb_test_node node[2];
	double us = -1;
	long long t0;

	for (int i = 0; i < 2; i++) {
		cJSON *ev;

		if (sb_test_node_start(&node[i], i ? rig->client_ns : rig->server_ns))
			return -1;
		sb_test_node_send(&node[i],
				  "{'op':'prepare','sample_ns':1000000000,'flows':[{'id':0,'role':"
				  "'%s','kind':'rr','dir':'down','transport':'%s',"
				  "'address':'" SB_RIG_SERVER4 "','port':" PORT ",'start_ns':0,"
				  "'duration_ns':%lld,'request_bytes':" BYTES ","
				  "'response_bytes':" BYTES ",'interval_ns':0,'timeout_ns':%lld}]}",
				  i ? "client" : "server", transport,
				  (long long)(seconds * SB_NS_PER_S), (long long)SB_NS_PER_S);
		ev = sb_test_node_expect(&node[i], "ready");
		cJSON_Delete(ev);
		if (!ev)
			return -1;
	}
	t0 = sb_mono_ns() + 20 * SB_NS_PER_MS;
	for (int i = 0; i < 2; i++)
		sb_test_node_send(&node[i], "{'op':'start','t0_ns':%lld}", t0);
	for (int i = 0; i < 2; i++) {
		cJSON *ev = sb_test_node_expect(&node[i], "done");

		if (i && ev)
			us = sb_test_num(cJSON_GetObjectItem(ev, "latency"), "p50_ns") / 1e3;
		cJSON_Delete(ev);
		sb_test_node_stop(&node[i]);
	}
	return us;
}

/* @argv in a net namespace, silent on stderr; its standard output comes back in @out. */
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

/* Of lines like "sockperf: ---> percentile 50.000 =   12.345" */
static double read_median(int fd)
{
	FILE *lines = fdopen(fd, "r");
	char line[512];
	double us = -1, v;

	while (lines && fgets(line, sizeof(line), lines)) {
		const char *at = strstr(line, "percentile 50.0");

		if (at && sscanf(at, "percentile %*f = %lf", &v) == 1)
			us = v;
	}
	if (lines)
		fclose(lines);
	return us;
}

static double run_sockperf(const struct sb_rig *rig, const char *transport, int seconds)
{
	bool tcp = !strcmp(transport, "tcp");
	char duration[16];
	/* The same waiting as the harness's: epoll, and a full round trip is reported. */
	const char *const server[] = {
	    "sockperf", "server", "-i", SB_RIG_SERVER4, "-p", PORT, tcp ? "--tcp" : NULL, NULL};
	const char *const client[] = {
	    "sockperf", "ping-pong", "-i",	   SB_RIG_SERVER4,	 "-p", PORT, "-m", BYTES,
	    "-t",	duration,    "--full-rtt", tcp ? "--tcp" : NULL, NULL};
	int from[2];
	pid_t pid[2];
	double us;

	snprintf(duration, sizeof(duration), "%d", seconds);
	pid[0] = spawn_in(rig->server_ns, server, &from[0]);
	usleep(300000); /* it does not say when it listens */
	pid[1] = spawn_in(rig->client_ns, client, &from[1]);
	us = read_median(from[1]);
	waitpid(pid[1], NULL, 0);
	kill(pid[0], SIGKILL);
	waitpid(pid[0], NULL, 0);
	close(from[0]);
	return us;
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

static void print_metric(const char *transport, const double *ours, const double *theirs, int n)
{
	cJSON *obj = cJSON_CreateObject(), *detail;
	double ratios[MAX_REPEATS];
	char name[64], *text;

	for (int i = 0; i < n; i++)
		ratios[i] = ours[i] / theirs[i];
	snprintf(name, sizeof(name), "rr_%s_latency_vs_sockperf", transport);
	cJSON_AddStringToObject(obj, "metric", name);
	cJSON_AddNumberToObject(obj, "value", median(ratios, n));
	cJSON_AddStringToObject(obj, "unit", "ratio");
	cJSON_AddStringToObject(obj, "goal", "<= 1.2");
	detail = cJSON_AddObjectToObject(obj, "detail");
	cJSON_AddStringToObject(detail, "unit", "us, median round trip");
	cJSON_AddNumberToObject(detail, "satbed", median(ours, n));
	cJSON_AddNumberToObject(detail, "sockperf", median(theirs, n));
	cJSON_AddItemToObject(detail, "ratios", cJSON_CreateDoubleArray(ratios, n));
	text = cJSON_PrintUnformatted(obj);
	printf("%s\n", text);
	fflush(stdout);
	fprintf(stderr, "%s: %.3f (goal <= 1.2)\n", name, median(ratios, n));
	free(text);
	cJSON_Delete(obj);
}

static int read_setting(const char *name, int otherwise, int max)
{
	const char *text = getenv(name);
	long n = text ? strtol(text, NULL, 10) : otherwise;

	return n < 1 ? 1 : n > max ? max : (int)n;
}

static int measure(const struct sb_rig *rig, const char *transport, int repeats, int seconds)
{
	double us[2][MAX_REPEATS];

	for (int i = 0; i < repeats; i++) {
		for (int k = 0; k < 2; k++) {
			int which = (i + k) % 2; /* neither is always the first */

			us[which][i] = which ? run_sockperf(rig, transport, seconds)
					     : run_node(rig, transport, seconds);
			if (us[which][i] <= 0) {
				fprintf(stderr, "bench_rr: %s over %s gave no latency\n",
					which ? "sockperf" : "satbed", transport);
				return -1;
			}
		}
	}
	print_metric(transport, us[0], us[1], repeats);
	return 0;
}

int main(void)
{
	int repeats = read_setting("BENCH_REPEATS", 5, MAX_REPEATS);
	int seconds = read_setting("BENCH_SECONDS", 2, 3600);
	struct sb_rig rig;
	int rc = sb_rig_enter(&rig);

	if (rc)
		return rc;
	if (system("sockperf --version >/dev/null 2>&1")) {
		fprintf(stderr, "bench_rr: there is no sockperf to compare with; on Debian and "
				"Ubuntu: apt-get install sockperf\n");
		return 1;
	}
	rc = measure(&rig, "tcp", repeats, seconds) || measure(&rig, "udp", repeats, seconds);
	sb_rig_close(&rig);
	return rc;
}
