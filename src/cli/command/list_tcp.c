// SPDX-License-Identifier: MIT
/* list_tcp.c - satbed list: what TCP gets on a link, and which share of it that is */
#include "list_tcp.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/textstream.h"

static double carried(const struct sb_link_state *s, int64_t from_ns, int64_t to_ns)
{
	return s->outage || s->rate_bps == SB_RATE_STOPPED
		   ? 0
		   : (double)s->rate_bps * (double)(to_ns - from_ns);
}

double sb_list_capacity_bps(const struct sb_plan *plan)
{
	const struct sb_flow *flow = NULL;
	const struct sb_link_state *state;
	int64_t last_ns = 0;
	double sum = 0;

	/* The one that goes down, where there are some of both. */
	for (size_t i = 0; i < plan->flow_count; i++)
		if (plan->flows[i].kind == SB_FLOW_BULK &&
		    (!flow || (flow->dir == SB_UP && plan->flows[i].dir == SB_DOWN)))
			flow = &plan->flows[i];
	if (!flow)
		return 0;
	state = &plan->links[flow->client].dir[flow->dir].initial;
	if (!state->rate_bps)
		return 0;
	for (size_t i = 0; i < plan->step_count; i++) {
		const struct sb_step *step = &plan->steps[i];

		if (step->link != flow->client || step->dir != flow->dir)
			continue;
		sum += carried(state, last_ns, step->at_ns);
		last_ns = step->at_ns;
		state = &step->state;
	}
	return (sum + carried(state, last_ns, plan->duration_ns)) / (double)plan->duration_ns;
}

/* The next "NAME NUMBER" of @text, which is then behind the number; NULL when there is none. */
static const char *next_result(const char *text, char name[32], double *mbit)
{
	while (*text) {
		size_t len = strcspn(text, " ,");
		char *end = NULL;

		if (len && len < 32 && isalpha((unsigned char)*text) && text[len] == ' ' &&
		    isdigit((unsigned char)text[len + 1])) {
			memcpy(name, text, len);
			name[len] = '\0';
			*mbit = strtod(text + len + 1, &end);
			return end;
		}
		text += len + (text[len] != '\0');
	}
	return NULL;
}

static double share_of(double mbit, double capacity_bps)
{
	return mbit * 1e6 / capacity_bps;
}

char *sb_list_tcp_text(const char *tcp, double capacity_bps)
{
	const char *rest = tcp, *end;
	char name[32], *text = NULL;
	size_t len = 0;
	double mbit, percent;
	FILE *to;

	if (capacity_bps <= 0 || !strstr(tcp, "Mbit/s"))
		return sb_strdup(tcp);
	to = sb_textstream_open(&text, &len);
	while ((end = next_result(rest, name, &mbit))) {
		fwrite(rest, 1, (size_t)(end - rest), to);
		percent = 100 * share_of(mbit, capacity_bps);
		fprintf(to, percent < 9.95 ? " (%.2g %%)" : " (%.0f %%)", percent);
		rest = end;
	}
	fputs(rest, to);
	sb_textstream_close(to, &text);
	return text;
}

cJSON *sb_list_tcp_json(const char *tcp, double capacity_bps)
{
	cJSON *obj = cJSON_CreateObject();
	char name[32];
	double mbit;

	while (capacity_bps > 0 && strstr(tcp, "Mbit/s") && (tcp = next_result(tcp, name, &mbit)))
		sb_json_add_num(obj, name, share_of(mbit, capacity_bps));
	return obj;
}
