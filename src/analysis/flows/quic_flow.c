// SPDX-License-Identifier: MIT
/* quic_flow.c - the QUIC connections of one of the plan's flows */
#include "quic_flow.h"

#include <math.h>

#include "satbed/base/mem.h"

enum { CLIENT, SERVER };

void sb_quic_flow_packet(struct sb_quic_flow *f, struct sb_quic **connection, bool from_client,
			 const struct sb_frame *frame, const struct sb_packet *p)
{
	struct sb_quic_packet q = {.kind = SB_QUIC_NONE};
	int64_t rtt_ns;

	if (p->payload_offset < frame->cap_len)
		q = sb_quic_decode(frame->data + p->payload_offset,
				   frame->cap_len - p->payload_offset, p->payload_len);
	if (!*connection) {
		if (!from_client || q.kind != SB_QUIC_INITIAL)
			return;
		*connection = sb_alloc(1, sizeof(**connection));
	}
	rtt_ns =
	    sb_quic_follow(*connection, from_client ? CLIENT : SERVER, p->t_ns, p->payload_len, &q);
	/* Of both ends' one is enough: they are the same round trips. */
	if (rtt_ns != SB_QUIC_UNKNOWN && from_client)
		sb_times_add(&f->spin, rtt_ns);
}

void sb_quic_flow_add(struct sb_quic_flow *f, const struct sb_quic *connection)
{
	if (!connection->known)
		return;
	if (!f->connections++ || connection->first_ns < f->first.first_ns)
		f->first = *connection;
	f->zero_rtt += connection->zero_rtt;
	f->coalesced += connection->coalesced;
	f->behind += connection->behind;
	f->unread += connection->unread;
	f->samples += connection->spin_samples;
	f->rejected += connection->spin_rejected;
	f->retry |= connection->retry;
	f->negotiation |= connection->negotiation;
}

static double to_ms(int64_t ns)
{
	return ns == SB_QUIC_UNKNOWN ? NAN : (double)ns / SB_NS_PER_MS;
}

void sb_quic_flow_finish(struct sb_quic_flow *f, struct sb_quic_result *out)
{
	*out = (struct sb_quic_result){.handshake_ms = NAN, .round_trip_ms = NAN};
	if (f->connections) {
		out->connections = f->connections;
		out->zero_rtt = f->zero_rtt;
		out->coalesced = f->coalesced;
		out->behind = f->behind;
		out->unread = f->unread;
		out->retry = f->retry;
		out->negotiation = f->negotiation;
		out->client_version = f->first.client_version;
		out->version = f->first.version;
		out->handshake_ms = to_ms(f->first.handshake_ns);
		out->round_trip_ms = to_ms(f->first.round_trip_ns);
		out->spins = sb_quic_spins(f->samples, f->rejected);
		if (out->spins)
			out->spin_rtt_ms = sb_times_quantiles(&f->spin);
	}
	sb_times_fini(&f->spin);
}
