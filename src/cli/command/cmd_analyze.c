// SPDX-License-Identifier: MIT
/* cmd_analyze.c - satbed analyze: what the flows of a capture did */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "satbed/base/clock.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/flow_analysis_pair.h"

/* A screenful. */
#define SHOWN 10

struct asked {
	const char *files[2];
	size_t file_count;
	const char *csv;
	bool json, all;
};

/** struct progress - on a terminal, once a second after the first */
struct progress {
	bool shown;
	int64_t next_ns;
};

static bool show_progress(void *arg, double share, uint64_t packets)
{
	struct progress *p = arg;
	int64_t now = sb_mono_ns();

	if (now >= p->next_ns && isatty(STDERR_FILENO)) {
		p->next_ns = now + SB_NS_PER_S;
		p->shown = true;
		if (share > 0)
			fprintf(stderr, "\r%3.0f %%, %" PRIu64 " packets", 100 * share, packets);
		else
			fprintf(stderr, "\r%" PRIu64 " packets", packets);
	}
	return !sb_interrupted();
}

static int take_file(struct asked *asked, const char *name, struct sb_err *err)
{
	if (asked->file_count == 2)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "analyze takes one capture, or both ends of one link, not also \"%s\"", name);
	asked->files[asked->file_count++] = name;
	return 0;
}

static int read_args(const struct sb_command *self, int argc, char **argv, struct asked *asked,
		     struct sb_err *err)
{
	struct sb_args a = {.command = self, .argc = argc, .argv = argv};
	int more;

	while ((more = sb_args_next(&a, err)) > 0) {
		if (!a.option) {
			if (take_file(asked, a.value, err))
				return -1;
		} else if (!strcmp(a.option->name, "json")) {
			asked->json = true;
		} else if (!strcmp(a.option->name, "all")) {
			asked->all = true;
		} else {
			asked->csv = a.value;
		}
	}
	if (more < 0)
		return -1;
	if (!asked->file_count)
		return sb_fail(err, SB_EINPUT, 0,
			       "analyze needs a capture, for example: satbed analyze server.pcap");
	return 0;
}

static int flow_analysis_one(const struct asked *asked, FILE *csv, struct sb_err *err)
{
	struct progress progress = {.next_ns = sb_mono_ns() + SB_NS_PER_S};
	struct sb_flow_analysis_options options = {
	    .csv = csv, .progress = show_progress, .arg = &progress};
	struct sb_flow_analysis flow_analysis;
	struct sb_pcap *pcap;

	if (sb_pcap_open(asked->files[0], &pcap, err))
		return -1;
	sb_interrupts_catch();
	sb_alloc_in_huge_pages(SB_FLOW_ANALYSIS_KEEP);
	sb_flow_analysis_read(pcap, &options, &flow_analysis);
	sb_pcap_close(pcap);
	if (progress.shown)
		fputs("\r\033[K", stderr);
	if (flow_analysis.facts.damage[0] && asked->json)
		sb_warn("%s: %s", asked->files[0], flow_analysis.facts.damage);
	if (asked->json)
		sb_flow_analysis_json(&flow_analysis, asked->files[0], stdout);
	else if (csv != stdout)
		sb_flow_analysis_print(&flow_analysis, asked->files[0], asked->all ? 0 : SHOWN,
				       stdout);
	sb_flow_analysis_fini(&flow_analysis);
	if (sb_interrupted())
		return sb_fail(err, SB_EINTERRUPTED, 0,
			       "interrupted: results cover what was read so far");
	return 0;
}

/* Where no packet is in both: what each of the two has. */
static int show_split(const struct asked *asked, const struct sb_flow_analysis_options *options,
		      struct sb_err *err)
{
	struct sb_flow_analysis flow_analyses[2] = {0};
	int rc = 0;

	for (int i = 0; i < 2 && !rc; i++) {
		struct sb_pcap *pcap;

		rc = sb_pcap_open(asked->files[i], &pcap, err);
		if (rc)
			break;
		sb_flow_analysis_read(pcap, options, &flow_analyses[i]);
		sb_pcap_close(pcap);
	}
	if (!rc)
		sb_pair_split_print(flow_analyses, asked->files, stdout);
	sb_flow_analysis_fini(&flow_analyses[0]);
	sb_flow_analysis_fini(&flow_analyses[1]);
	return rc;
}

static int flow_analysis_two(const struct asked *asked, struct sb_err *err)
{
	struct progress progress = {.next_ns = sb_mono_ns() + SB_NS_PER_S};
	struct sb_flow_analysis_options options = {.progress = show_progress, .arg = &progress};
	struct sb_pair pair;
	int rc = 0;

	if (asked->csv)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "analyze: --csv takes one capture; two are matched packet by packet");
	sb_interrupts_catch();
	if (sb_pair_read(asked->files, &options, &pair, err))
		return -1;
	if (progress.shown)
		fputs("\r\033[K", stderr);
	if (asked->json)
		sb_pair_json(&pair, asked->files, stdout);
	else if (sb_pair_is_split(&pair))
		rc = show_split(asked, &options, err);
	else
		sb_pair_print(&pair, asked->files, asked->all ? 0 : SHOWN, stdout);
	sb_pair_fini(&pair);
	if (!rc && sb_interrupted())
		return sb_fail(err, SB_EINTERRUPTED, 0,
			       "interrupted: results cover what was read so far");
	return rc;
}

static int run_analyze(const struct sb_command *self, int argc, char **argv)
{
	struct asked asked = {0};
	struct sb_err err = {0};
	FILE *csv = NULL;
	int rc;

	if (read_args(self, argc, argv, &asked, &err))
		return sb_die(&err);
	if (asked.csv && asked.file_count == 1) {
		csv = strcmp(asked.csv, "-") ? fopen(asked.csv, "we") : stdout;
		if (!csv) {
			sb_fail(&err, SB_EENV, errno, "--csv %s", asked.csv);
			return sb_die(&err);
		}
	}
	rc = asked.file_count == 2 ? flow_analysis_two(&asked, &err)
				   : flow_analysis_one(&asked, csv, &err);
	if (csv && csv != stdout && fclose(csv) && !rc)
		rc = sb_fail(&err, SB_EENV, errno, "--csv %s", asked.csv);
	return rc ? sb_die(&err) : 0;
}

static const struct sb_option options[] = {
    {"json", 0, NULL, "print everything as JSON"},
    {"csv", 0, "FILE", "each flow in each 100 ms, \"-\" for standard output"},
    {"all", 'a', NULL, "all flows, not only the ten with most payload"},
    {NULL, 0, NULL, NULL},
};

static const char *const examples[] = {
    "satbed analyze server.pcap                  what each flow did",
    "satbed analyze client1.pcap server-client1.pcap   both ends of a link, packet by packet",
    "satbed analyze --json big.pcapng            the same for programs",
    "satbed analyze --csv flows.csv server.pcap  and every 100 ms of it",
    "zcat old.pcap.gz | satbed analyze -",
    NULL,
};

const struct sb_command sb_cmd_analyze = {
    "analyze", "FILE [FILE]", "analyze the flows of a capture, or both ends of a link",
    options,   examples,      run_analyze,
};
