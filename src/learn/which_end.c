/* SPDX-License-Identifier: MIT */
/* which_end.c - was a capture made where the data was sent, or where it was received? */
#include "which_end.h"

#include <stdlib.h>

#include "estimate.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

/* One round trip is that much shorter than the other at an end. */
#define SHORTER 5

/* Hosts answer some packets late (delayed acknowledgements, an application that has nothing to
 * send); a tenth of them they answer at once. */
#define AT_ONCE	    0.1
#define MIN_SAMPLES 20

/* A receiver acknowledges every second segment (RFC 9293, section 3.8.6.3). */
#define UNANSWERED    2
#define SEGMENT_MAX   1460u
#define SHARE_OF_ACKS 0.3
#define MIN_TRIP_NS   1e6 /* below it, a busy receiver leaves as much unacknowledged */

static void note_value(struct sb_echo *e, const struct sb_packet *p)
{
	uint32_t at = p->ts_value % SB_ECHO_SLOTS;

	/* The first packet with it. */
	if (e->seen[at].value == p->ts_value && (e->seen[at].t_ns || e->seen[at].waiting))
		return;
	e->seen[at].value = p->ts_value;
	e->seen[at].t_ns = p->t_ns;
	e->seen[at].waiting = true;
}

static void note_echo(struct sb_echo *e, const struct sb_packet *p)
{
	uint32_t at = p->ts_echo % SB_ECHO_SLOTS;

	if (!e->seen[at].waiting || e->seen[at].value != p->ts_echo || e->count == SB_ECHO_SAMPLES)
		return;
	e->seen[at].waiting = false;
	if (!e->samples)
		e->samples = sb_alloc(SB_ECHO_SAMPLES, sizeof(*e->samples));
	e->samples[e->count++] =
	    p->t_ns > e->seen[at].t_ns ? (double)(p->t_ns - e->seen[at].t_ns) : 0;
}

void sb_which_end_packet(struct sb_which_end *e, bool is_data, const struct sb_packet *p)
{
	if (!p->has_timestamps || p->flags & (SB_TCP_SYN | SB_TCP_RST))
		return;
	for (int i = 0; i < 2; i++)
		if (!e->echo[i])
			e->echo[i] = sb_alloc(1, sizeof(*e->echo[i]));
	note_echo(e->echo[is_data], p);
	note_value(e->echo[!is_data], p);
}

void sb_which_end_acked(struct sb_which_end *e, uint64_t left, uint32_t segment)
{
	e->acks++;
	e->ahead += left > UNANSWERED * (segment < SEGMENT_MAX ? segment : SEGMENT_MAX);
}

/* The end whose own round trip is much shorter than the one through the other. */
static enum sb_capture_end shorter_of(double through_receiver, double through_sender)
{
	if (through_receiver * SHORTER < through_sender)
		return SB_END_RECEIVER;
	return through_sender * SHORTER < through_receiver ? SB_END_SENDER : SB_END_UNKNOWN;
}

static double at_once(struct sb_echo *e)
{
	(void)sb_median(e->samples, e->count);
	return sb_quantile_of(e->samples, e->count, AT_ONCE);
}

static enum sb_capture_end by_echoes(struct sb_which_end *e, char how[SB_LEARN_HOW_MAX])
{
	double data, ack;

	if (!e->echo[0] || e->echo[0]->count < MIN_SAMPLES || e->echo[1]->count < MIN_SAMPLES)
		return SB_END_UNKNOWN;
	data = at_once(e->echo[0]);
	ack = at_once(e->echo[1]);
	snprintf(how, SB_LEARN_HOW_MAX,
		 "by timestamps: those of data are echoed after %.3f ms, those of acknowledgements "
		 "after %.3f ms",
		 data / 1e6, ack / 1e6);
	return shorter_of(data, ack);
}

static enum sb_capture_end by_flight(const struct sb_which_end *e, const struct sb_learn_trace *t,
				     char how[SB_LEARN_HOW_MAX])
{
	double *trips = sb_alloc(t->count + 1, sizeof(*trips)), share;
	size_t n = 0;

	for (size_t i = 0; i < t->count; i++)
		if (t->packets[i].arrived_ns != SB_LEARN_LOST)
			trips[n++] = (double)(t->packets[i].arrived_ns - t->packets[i].sent_ns);
	if (!n || e->acks < MIN_SAMPLES || sb_median(trips, n) < MIN_TRIP_NS) {
		free(trips);
		return SB_END_UNKNOWN;
	}
	free(trips);
	share = (double)e->ahead / (double)e->acks;
	snprintf(how, SB_LEARN_HOW_MAX,
		 "by data in flight: %.0f %% of the acknowledgements left more than two segments "
		 "unacknowledged",
		 100 * share);
	return share >= SHARE_OF_ACKS ? SB_END_SENDER : SB_END_UNKNOWN;
}

static enum sb_capture_end by_handshake(const int64_t trips[2], char how[SB_LEARN_HOW_MAX])
{
	double receiver = trips[0] > 0 ? (double)trips[0] : 0;
	double sender = trips[1] > 0 ? (double)trips[1] : 0;

	snprintf(how, SB_LEARN_HOW_MAX,
		 "by the handshake: %.3f ms through the data's receiver and back, %.3f ms through "
		 "its sender",
		 receiver / 1e6, sender / 1e6);
	return shorter_of(receiver, sender);
}

enum sb_capture_end sb_which_end(struct sb_which_end *e, const int64_t handshake[2],
				 const struct sb_learn_trace *t, char how[SB_LEARN_HOW_MAX])
{
	bool seen = handshake[0] != SB_LEARN_LOST && handshake[1] != SB_LEARN_LOST;
	enum sb_capture_end end = seen ? by_handshake(handshake, how) : SB_END_UNKNOWN;

	if (end == SB_END_UNKNOWN)
		end = by_echoes(e, how);
	if (end == SB_END_UNKNOWN)
		end = by_flight(e, t, how);
	if (end != SB_END_UNKNOWN || !seen)
		return end;
	/* Both parts are as long, or too short for the clock: at least not at the receiver. */
	(void)by_handshake(handshake, how);
	return SB_END_BETWEEN;
}

void sb_which_end_fini(struct sb_which_end *e)
{
	for (int i = 0; i < 2; i++) {
		if (e->echo[i])
			free(e->echo[i]->samples);
		free(e->echo[i]);
	}
	*e = (struct sb_which_end){0};
}
