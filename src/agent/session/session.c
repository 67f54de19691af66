// SPDX-License-Identifier: MIT
/*
 * session.c - the flows of an application, carried by live sockets
 *
 * Both ends have the whole script.  Each walks through its own turns: a turn begins when the other
 * end's bytes that it needs have come and this end's turn before has left, and the time to think is
 * over.  Nothing but payload is exchanged: a flow is known by the client's port.  Connections stay
 * open until all are done, and are aborted then, so that TCP_INFO is of exactly what was captured.
 */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"

#define DUE_A_TURN   256
#define TIMES_A_LINE (SB_TEXT_DATA_MAX / 8)

static void begin_item(struct sb_session_item *it, int64_t now)
{
	if (it->spec->is_udp)
		sb_session_udp_step(it, now);
	else if (it->state == SB_ITEM_WAITS)
		sb_session_tcp_connect(it);
	else
		sb_session_tcp_step(it, now);
}

static void timer_struck(struct sb_timer *t)
{
	struct sb_session_script *s = sb_container_of(t, struct sb_session_script, timer);
	struct sb_session_item *it;
	int64_t now = sb_mono_ns();
	int turns = DUE_A_TURN;

	if (s->flow->state != SB_FLOW_RUNNING)
		return;
	while (turns-- && (it = sb_session_next_due(s, now)))
		begin_item(it, now);
	sb_session_arm(s);
	if (!s->left)
		sb_flow_over(s->flow);
}

static void init_items(struct sb_session_script *s)
{
	for (uint64_t i = 0; i < s->count; i++) {
		struct sb_session_item *it = &s->items[i];

		it->session = s;
		it->spec = &s->specs[i];
		it->index = (uint32_t)i;
		it->watch.fd = s->guests[i].watch.fd = -1;
		s->guests[i].session = s;
		it->heap_at = SB_SESSION_NOT_DUE;
		it->own = sb_session_turn_of(it, it->spec->first, true);
		it->peer = sb_session_turn_of(it, it->spec->first, false);
		for (uint64_t k = it->spec->first; k < it->spec->first + it->spec->count; k++) {
			if (s->turns[k].from_server != sb_session_is_client(s))
				it->own_total += s->turns[k].bytes;
			else
				it->peer_total += s->turns[k].bytes;
			s->at_ns[k] = -1;
		}
		if (it->peer_total)
			it->peer_end = s->turns[it->peer].bytes;
	}
	s->left = s->count;
}

static int session_prepare(struct sb_node_flow *flow, struct sb_err *err)
{
	struct sb_session_script *s = calloc(1, sizeof(*s));

	if (!s)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	flow->impl = s;
	s->flow = flow;
	s->listener.fd = s->udp.fd = -1;
	if (sb_session_map(s, flow->spec.path, err))
		return -1;
	s->items = calloc(s->count, sizeof(*s->items));
	s->guests = calloc(s->count, sizeof(*s->guests));
	s->heap = calloc(s->count, sizeof(*s->heap));
	s->at_ns = calloc(s->turn_count, sizeof(*s->at_ns));
	if (!s->items || !s->guests || !s->heap || !s->at_ns) {
		s->count = 0;
		return sb_fail(err, SB_EENV, 0, "out of memory");
	}
	init_items(s);
	if (sb_session_tcp_prepare(s, err) || sb_session_udp_prepare(s, err))
		return -1;
	sb_timer_open(flow->node, &s->timer, timer_struck);
	return 0;
}

static void session_begin(struct sb_node_flow *flow, int64_t now)
{
	struct sb_session_script *s = flow->impl;

	flow->first_ns = now;
	sb_session_tcp_listen(s);
	sb_session_udp_begin(s);
	for (uint64_t i = 0; i < s->count; i++)
		if (!s->items[i].spec->is_udp && sb_session_is_client(s))
			sb_session_due(&s->items[i], flow->begin_ns + s->items[i].spec->start_ns);
	sb_session_arm(s);
}

static void session_sample(struct sb_node_flow *flow, int64_t now)
{
	struct sb_session_script *s = flow->impl;
	uint64_t bytes = 0;
	struct sb_text t;

	for (uint64_t i = 0; i < s->count; i++)
		bytes += s->items[i].received;
	sb_flow_sample_open(flow, &t, 0, now);
	sb_text_uint(&t, "bytes", bytes);
	sb_flow_sample_send(flow, &t);
}

static const char *reason(const struct sb_session_item *it)
{
	if (it->state == SB_ITEM_DONE)
		return NULL;
	if (it->state == SB_ITEM_LOST)
		return it->error ? strerror(it->error) : "connection closed by the peer";
	if (it->spec->is_udp)
		return "not all of its datagrams were due yet";
	if (it->state == SB_ITEM_OPEN)
		return "not finished when the time was over";
	return sb_session_is_client(it->session) && it->state == SB_ITEM_CONNECTS
		   ? "no answer to its connection requests"
		   : "not begun when the time was over";
}

static void say_flow(const struct sb_session_item *it)
{
	const struct sb_node_flow *flow = it->session->flow;
	struct sb_text t;

	sb_text_open(&t, "session_flow");
	sb_text_int(&t, "flow", flow->spec.id);
	sb_text_str(&t, "role", sb_flow_role(flow));
	sb_text_uint(&t, "index", it->index);
	sb_text_int(&t, "open_ns", it->open_ns ? it->open_ns - flow->node->t0_ns : -1);
	sb_text_uint(&t, "received", it->received);
	sb_text_uint(&t, "given", it->given);
	sb_text_uint(&t, "retransmits", it->tcp.info.tcpi_total_retrans);
	sb_text_uint(&t, "sent", it->sent);
	sb_text_uint(&t, "arrived", it->arrived);
	sb_text_str(&t, "error", reason(it));
	sb_node_say(flow->node, &t, true);
}

static void say_times(const struct sb_session_script *s)
{
	for (uint64_t i = 0; i < s->turn_count; i += TIMES_A_LINE) {
		uint64_t n = s->turn_count - i < TIMES_A_LINE ? s->turn_count - i : TIMES_A_LINE;
		struct sb_text t;

		sb_text_open(&t, "session_times");
		sb_text_int(&t, "flow", s->flow->spec.id);
		sb_text_str(&t, "role", sb_flow_role(s->flow));
		sb_text_uint(&t, "first", i);
		sb_text_data(&t, "data", &s->at_ns[i], n * sizeof(*s->at_ns));
		sb_node_say(s->flow->node, &t, true);
	}
}

static void session_finish(struct sb_node_flow *flow, int64_t now)
{
	struct sb_session_script *s = flow->impl;
	const char *first = NULL;
	uint64_t bad = 0;

	(void)now;
	for (uint64_t i = 0; i < s->count; i++)
		if (!s->items[i].spec->is_udp)
			sb_session_tcp_end(&s->items[i]);
	sb_watch_close(&s->listener);
	sb_timer_close(&s->timer);
	for (uint64_t i = 0; i < s->count; i++)
		sb_watch_close(&s->guests[i].watch);
	for (uint64_t i = 0; i < s->count; i++) {
		const struct sb_session_item *it = &s->items[i];

		flow->totals.bytes += it->received;
		flow->totals.connected += it->open_ns > 0;
		flow->totals.packets += it->arrived;
		if (!it->spec->is_udp)
			sb_tcp_add(&flow->totals, &it->tcp);
		if (reason(it) && !bad++)
			first = reason(it);
		say_flow(it);
	}
	say_times(s);
	if (bad)
		sb_flow_error(flow, "%llu of %llu flows are incomplete: %s",
			      (unsigned long long)bad, (unsigned long long)s->count, first);
}

static void session_release(struct sb_node_flow *flow)
{
	struct sb_session_script *s = flow->impl;

	if (!s)
		return;
	for (uint64_t i = 0; s->items && i < s->count; i++)
		sb_watch_close(&s->items[i].watch);
	sb_watch_close(&s->listener);
	sb_watch_close(&s->udp);
	sb_timer_close(&s->timer);
	sb_session_unmap(s);
	free(s->items);
	free(s->guests);
	free(s->heap);
	free(s->at_ns);
	free(s);
	flow->impl = NULL;
}

const struct sb_flow_ops sb_session_ops = {
    .prepare = session_prepare,
    .begin = session_begin,
    .sample = session_sample,
    .finish = session_finish,
    .release = session_release,
};
