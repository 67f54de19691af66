// SPDX-License-Identifier: MIT
/* text_flows.c - the flows of a plan for people: what `satbed check` shows of them */
#include "plan_priv.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

#include "satbed/base/units.h"

#define SHOWN_FLOWS 12

static void print_kind(FILE *to, const struct sb_flow *f)
{
	const char *cc = *f->cc ? f->cc : "the kernel's congestion control";
	char a[SB_UNIT_BUF], b[SB_UNIT_BUF];

	switch (f->kind) {
	case SB_FLOW_BULK:
		fprintf(to, ", %u connection%s, %s", f->streams, f->streams == 1 ? "" : "s", cc);
		break;
	case SB_FLOW_STREAM:
		fprintf(to, ", %s in datagrams of %" PRIu32 "B", sb_format_rate(a, f->rate_bps),
			f->packet_bytes);
		break;
	case SB_FLOW_FILE:
		fprintf(to, ", %s, another connection after a stall of %s, %s",
			sb_format_bytes(a, f->size_bytes), sb_format_time(b, f->stall_ns), cc);
		break;
	case SB_FLOW_RR:
		fprintf(to, ", %s, %" PRIu32 "B asked, %" PRIu32 "B answered, ",
			sb_transport_name((enum sb_transport)f->transport), f->request_bytes,
			f->response_bytes);
		if (f->interval_ns)
			fprintf(to, "every %s", sb_format_time(a, f->interval_ns));
		else
			fputs("one after the other", to);
		break;
	case SB_FLOW_EXEC:
		if (sb_flow_is_interop(f)) {
			fprintf(to,
				"\n    test case %s, %u file%s, %s\n    server: image %s\n    "
				"client: image %s",
				f->testcase, f->file_count, f->file_count == 1 ? "" : "s",
				sb_format_bytes(a, f->size_bytes), f->server_image,
				f->client_image);
			break;
		}
		fprintf(to, "\n    server: %s\n    client: %s", f->server_command,
			f->client_command);
		break;
	case SB_FLOW_SESSION:
		fprintf(to, ", %s", cc);
		break;
	}
}

static void print_flow(FILE *to, const struct sb_plan *plan, const struct sb_flow *f)
{
	const struct sb_link *link = &plan->links[f->client];
	char node[SB_NAME_MAX], address[INET6_ADDRSTRLEN], a[SB_UNIT_BUF], b[SB_UNIT_BUF];

	if (plan->ip_version == 6)
		inet_ntop(AF_INET6, &link->server.addr6, address, sizeof(address));
	else
		inet_ntop(AF_INET, &link->server.addr4, address, sizeof(address));
	fprintf(to, "  %s: %s %s %s, server %s port %u, %s to %s", f->name,
		sb_flow_client(node, plan, f),
		sb_flow_is_interop(f) ? "interop" : sb_flow_kind_name(f->kind),
		sb_dir_name((enum sb_dir)f->dir), address, f->port, sb_format_time(a, f->start_ns),
		sb_format_time(b, f->start_ns + f->duration_ns));
	if (f->mptcp)
		fputs(", MPTCP over all terminals", to);
	else if (plan->terminals > 1)
		fprintf(to, ", over terminal %zu", f->client % sb_plan_terminals(plan) + 1);
	print_kind(to, f);
	fputc('\n', to);
}

void sb_plan_print_flows(FILE *to, const struct sb_plan *plan)
{
	fprintf(to, "\nflows:%s\n", plan->flow_count ? "" : " none; the links will be idle");
	for (size_t i = 0; i < plan->flow_count && i < SHOWN_FLOWS; i++)
		print_flow(to, plan, &plan->flows[i]);
	if (plan->flow_count > SHOWN_FLOWS)
		fprintf(to, "  ... and %zu more\n", plan->flow_count - SHOWN_FLOWS);
	if (plan->expect_count)
		fputs("\nexpected:\n", to);
	for (size_t i = 0; i < plan->expect_count; i++)
		fprintf(to, "  %s: %s\n", plan->expects[i].what, plan->expects[i].text);
}
