// SPDX-License-Identifier: MIT
/*
 * metrics_text.c - a view as OpenMetrics 1.0
 *
 * https://github.com/OpenObservability/OpenMetrics, specification/OpenMetrics.md: base units, the
 * samples of a family together, a counter's samples end in _total, the text in "# EOF".
 */
#include <stdio.h>
#include <stdlib.h>

#include "satbed/base/mem.h"
#include "satbed/base/textstream.h"
#include "view.h"

static void put_label(FILE *to, const char *value)
{
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", to);
		else if (*value == '"' || *value == '\\')
			fprintf(to, "\\%c", *value);
		else
			fputc(*value, to);
	}
}

static void begin_family(FILE *to, const char *name, const char *type, const char *unit,
			 const char *help)
{
	fprintf(to, "# TYPE satbed_%s %s\n", name, type);
	if (unit)
		fprintf(to, "# UNIT satbed_%s %s\n", name, unit);
	fprintf(to, "# HELP satbed_%s %s\n", name, help);
}

static void put_one(FILE *to, const char *name, const char *type, const char *unit,
		    const char *help, double value)
{
	begin_family(to, name, type, unit, help);
	fprintf(to, "satbed_%s %.10g\n", name, value);
}

enum flow_value { GOODPUT, RTT, BYTES, RETRANSMITS, LOST, FLOW_VALUES };

static double value_of(const struct sb_view_flow *f, enum flow_value which)
{
	switch (which) {
	case GOODPUT:
		return f->goodput_bps;
	case RTT:
		return f->now.rtt_us > 0 ? (double)f->now.rtt_us / 1e6 : -1;
	case BYTES:
		return (double)f->now.bytes;
	case RETRANSMITS:
		return (double)f->now.retransmits;
	case LOST:
		return (double)f->now.lost;
	case FLOW_VALUES:
		break;
	}
	return -1;
}

static void put_flows(FILE *to, const struct sb_view *v)
{
	static const struct {
		const char *name, *type, *unit, *help;
	} families[FLOW_VALUES] = {
	    {"flow_goodput_bits_per_second", "gauge", NULL, "Recent payload per second."},
	    {"flow_rtt_seconds", "gauge", "seconds", "Smoothed round trip time of TCP_INFO."},
	    {"flow_received_bytes", "counter", "bytes", "Payload that the receiver has."},
	    {"flow_retransmits", "counter", NULL, "Retransmitted segments by TCP_INFO."},
	    {"flow_lost_packets", "counter", NULL, "Datagrams that did not arrive."},
	};

	for (int which = 0; which < FLOW_VALUES; which++) {
		const char *total = families[which].type[0] == 'c' ? "_total" : "";

		begin_family(to, families[which].name, families[which].type, families[which].unit,
			     families[which].help);
		for (size_t i = 0; i < v->plan->flow_count; i++) {
			const struct sb_flow *flow = &v->plan->flows[i];
			double value = value_of(&v->flows[i], (enum flow_value)which);
			bool udp = sb_flow_transport(flow) == SB_TRANSPORT_UDP;
			char client[SB_NAME_MAX];

			if (value < 0 || sb_view_by_link(v->plan, i) ||
			    (which == RETRANSMITS && udp) || (which == LOST && !udp))
				continue;
			fprintf(to, "satbed_%s%s{flow=\"", families[which].name, total);
			put_label(to, flow->name);
			fprintf(to, "\",client=\"%s\",direction=\"%s\"} %.10g\n",
				sb_flow_client(client, v->plan, flow),
				sb_dir_name((enum sb_dir)flow->dir), value);
		}
	}
}

static double state_value(const struct sb_link_state *s, int which)
{
	if (which == 0)
		return (double)s->delay_ns / 1e9;
	return which == 1 ? (double)s->rate_bps : s->outage;
}

static void put_links(FILE *to, const struct sb_view *v)
{
	static const struct {
		const char *name, *unit, *help;
	} families[] = {
	    {"link_delay_seconds", "seconds", "One-way delay configured now."},
	    {"link_rate_bits_per_second", NULL, "Rate configured now; none when unlimited."},
	    {"link_outage", NULL, "1 while the link is out."},
	};

	char name[SB_NAME_MAX];

	for (int which = 0; which < (int)SB_ARRAY_LEN(families); which++) {
		begin_family(to, families[which].name, "gauge", families[which].unit,
			     families[which].help);
		for (size_t i = 0; i < 2 * v->plan->link_count; i++) {
			const struct sb_link_state *s = sb_plan_state_at(
			    v->plan, i / 2, (enum sb_dir)(i % 2), v->at_ns > 0 ? v->at_ns : 0);

			if (which == 1 && !s->rate_bps)
				continue;
			fprintf(to, "satbed_%s{client=\"%s\",direction=\"%s\"} %.10g\n",
				families[which].name, sb_link_name(name, v->plan, i / 2),
				sb_dir_name((enum sb_dir)(i % 2)), state_value(s, which));
		}
	}
}

/* Of clients that have flows of which nothing else is known while they run. */
static void put_loads(FILE *to, const struct sb_view *v)
{
	char name[SB_NAME_MAX];

	begin_family(to, "link_passed_bytes", "counter", "bytes",
		     "Bytes of frames that have passed the link, of clients with exec flows.");
	for (size_t link = 0; link < v->plan->link_count; link++) {
		size_t i = 0;

		while (i < v->plan->flow_count &&
		       !(sb_view_by_link(v->plan, i) && v->plan->flows[i].client == link))
			i++;
		for (int dir = 0; i < v->plan->flow_count && dir < 2; dir++)
			fprintf(to,
				"satbed_link_passed_bytes_total{client=\"%s\",direction="
				"\"%s\"} %.15g\n",
				sb_flow_client(name, v->plan, &v->plan->flows[i]),
				sb_dir_name((enum sb_dir)dir),
				(double)v->flows[i].now.link_bytes[dir]);
	}
}

char *sb_metrics_text(const struct sb_view *v)
{
	char *out = NULL;
	size_t size = 0;
	FILE *to = sb_textstream_open(&out, &size);

	/* Of runs side by side none is the one that goes on. */
	if (v->plan || !v->more) {
		put_one(to, "runs", "gauge", NULL, "Runs to make.", (double)v->total);
		put_one(to, "run", "gauge", NULL, "Number of the run that goes on.",
			(double)v->number);
		put_one(to, "running", "gauge", NULL, "1 while flows run.", v->running);
	}
	if (v->plan) {
		begin_family(to, "scenario", "info", NULL, "What is run.");
		fputs("satbed_scenario_info{name=\"", to);
		put_label(to, v->plan->name);
		fputs("\",label=\"", to);
		put_label(to, v->label);
		fprintf(to, "\"} 1\n");
		put_one(to, "run_duration_seconds", "gauge", "seconds", "Planned length.",
			(double)v->plan->duration_ns / 1e9);
		put_one(to, "run_elapsed_seconds", "gauge", "seconds", "Since the timeline's zero.",
			v->at_ns > 0 ? (double)v->at_ns / 1e9 : 0);
		put_flows(to, v);
		put_links(to, v);
		put_loads(to, v);
	}
	if (v->more)
		fputs(v->more, to);
	fputs("# EOF\n", to);
	sb_textstream_close(to, &out);
	return out;
}
