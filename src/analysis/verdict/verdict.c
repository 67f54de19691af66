/* SPDX-License-Identifier: MIT */
/* verdict.c - how far a measurement can be trusted, in words */
#include "verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "satbed/base/clock.h"

/*
 * Delay, measured less predicted.  PASS: what a timer and one wake-up of a thread cost on a machine
 * that is not overloaded.  Links are not known better than to a hundredth themselves, so for long
 * delays the limits grow with the delay.  The kernel's qdisc watchdog may share its softirq with
 * the traffic, and steps reach it by netlink, late by a system call: three times as much.  INVALID:
 * an error that moves what transport protocols do, tens of their own clock ticks.
 */
#define DELAY_P50_NS	     (100 * SB_NS_PER_US)
#define DELAY_P99_NS	     (1 * SB_NS_PER_MS)
#define DELAY_P50_SHARE	     0.01
#define DELAY_P99_SHARE	     0.05
#define NETEM_FACTOR	     3.0
#define DELAY_INVALID_FACTOR 20.0

#define RATE_INVALID 0.10

/* Asked for at least so much, and nearly nothing of it measured. */
#define UNDELAYED_NS	(5 * SB_NS_PER_MS)
#define UNDELAYED_SHARE 0.2

/* Below this a median means little, and one lost packet is 5 %. */
#define FEW_PACKETS 20

/* Lost to a capture's full buffer: above this share the loss of a link cannot be told from it. */
#define CAPTURE_DROP_INVALID 1e-3

/* Packets before a shaper was there or after it was read: neighbour discovery, resets at the end.
 */
#define COUNTER_SLACK	    64
#define COUNTER_SLACK_SHARE 0.005

/* A netlink call on a busy machine; a tenth of the shortest real outages (36 ms) and all of it. */
#define STEP_LATE_WARN_MS    4.0
#define STEP_LATE_INVALID_MS 40.0

/* Above this share reordering is no accident.  netem's jitter without a rate reorders 43 to 49 %
 * (40 ms and 5 ms, normal, at 10 to 100 Mbit/s). */
#define JITTERED 0.05

/* Packets dropped with so much room in the queue that was asked for, and so many of them, were
 * dropped by another limit. */
#define ROOMY	      0.5f
#define ROOMY_MIN     8
#define ROOMY_INVALID 0.01

/* From here on the processors may be why something is late. */
#define BUSY   0.85
#define STOLEN 0.02

#define ETHER_HEADER 14

double sb_delay_limit_ns(const struct sb_analysis_input *in, double asked_ns)
{
	return (in->exact_steps ? 1 : NETEM_FACTOR) *
	       fmax(DELAY_P50_NS, DELAY_P50_SHARE * asked_ns);
}

/* Where the impairment is not between the two captures, packets cross in no time. */
static bool misses_delay(double asked_ns, const struct sb_measure *m)
{
	return asked_ns >= UNDELAYED_NS && m->owd.count &&
	       sb_times_at(&m->owd, 0.99) < asked_ns * UNDELAYED_SHARE;
}

/* ": CPU was busy (97 % of all processors, 12 % stolen)", where that may be why. */
static const char *why_late(const struct sb_host_baseline *s, char *buf, size_t size)
{
	buf[0] = '\0';
	if (s->cpu_known && (s->cpu_busy >= BUSY || s->cpu_stolen >= STOLEN))
		snprintf(buf, size, ": CPU was busy (%.0f %% of all processors, %.0f %% stolen)",
			 100 * s->cpu_busy, 100 * s->cpu_stolen);
	return buf;
}

static void judge_delay(const struct sb_analysis_input *in, struct sb_measure *m,
			const struct sb_link_counters *counters, struct sb_dir_result *r,
			struct sb_reason_set *d)
{
	char why[80], late[160] = "";
	double asked_ns, p50, p99, limit50, limit99, factor = in->exact_steps ? 1 : NETEM_FACTOR;
	enum sb_verdict verdict = SB_WARN;

	r->configured_delay_ms = sb_times_quantiles(&m->asked);
	r->delay_ms = sb_times_quantiles(&m->delay);
	r->delay_error_ms = sb_times_quantiles(&m->error);
	r->owd_ms = sb_times_quantiles(&m->owd);
	sb_times_quantiles(&m->error_size);
	r->delay_p50_limit_ms = r->delay_p99_limit_ms = NAN;
	if (!m->error_size.count)
		return;
	asked_ns = r->configured_delay_ms.p50 * SB_NS_PER_MS;
	limit50 = sb_delay_limit_ns(in, asked_ns);
	limit99 = factor * fmax(DELAY_P99_NS, DELAY_P99_SHARE * asked_ns);
	r->delay_p50_limit_ms = limit50 / SB_NS_PER_MS;
	r->delay_p99_limit_ms = limit99 / SB_NS_PER_MS;
	p50 = sb_times_at(&m->error_size, 0.50);
	p99 = sb_times_at(&m->error_size, 0.99);
	r->delay_check = p50 <= limit50 && p99 <= limit99 ? SB_MET : SB_MISSED;
	if (r->delay_check == SB_MET)
		return;
	if (misses_delay(asked_ns, m))
		sb_reason_set_add(
		    d, SB_INVALID, SB_REASON_PATH_DELAY,
		    "packets cross the link in %.3g ms, configured %.3g ms: the delay is not "
		    "between the captures (but on the sender's own egress, for example)",
		    r->owd_ms.p50, r->configured_delay_ms.p50);
	if (p50 > DELAY_INVALID_FACTOR * limit50 || p99 > DELAY_INVALID_FACTOR * limit99)
		verdict = SB_INVALID;
	/* The tail alone is off, and the shaper knows that it let at least half of it go late. */
	if (p50 <= limit50 && counters && (double)counters->late >= 0.005 * (double)m->sent)
		snprintf(late, sizeof(late), "; %" PRId64 " packets left more than 1 ms late%s",
			 counters->late, why_late(&in->host_baseline, why, sizeof(why)));
	sb_reason_set_add(
	    d, verdict, SB_REASON_DELAY,
	    "delays differ from the prediction by %.3f ms (p50) and %.3f ms (p99); limits are "
	    "%.3f and %.3f ms%s",
	    p50 / 1e6, p99 / 1e6, limit50 / 1e6, limit99 / 1e6, late);
}

/* Of the packets that were lost outside outages, those that found the queue full. */
static uint64_t queue_share(const struct sb_measure *m, const struct sb_link_counters *counters)
{
	if (!counters || counters->queue_dropped < 0)
		return m->lost_at_full;
	return (uint64_t)counters->queue_dropped < m->lost ? (uint64_t)counters->queue_dropped
							   : m->lost;
}

static void judge_loss(const struct sb_timeline *t, const struct sb_measure *m,
		       const struct sb_link_counters *counters, struct sb_dir_result *r,
		       struct sb_reason_set *d)
{
	double clear = (double)m->clear, difference, altered = 0;

	r->sent = m->sent;
	r->arrived = m->arrived;
	r->lost_outage = m->lost_outage;
	r->lost_queue = queue_share(m, counters);
	r->lost_link = m->lost - r->lost_queue;
	r->configured_burst = m->configured_loss.events > 0
				  ? m->configured_loss.expected / m->configured_loss.events
				  : 0;
	r->measured_burst = m->runs ? (double)m->run_packets / (double)m->runs : 0;
	r->loss_false_alarm = sb_loss_sum_false_alarm(&m->configured_loss);
	if (!m->clear)
		return;
	/* A packet with a flipped bit among the bytes captured is lost here and a stranger there.
	 */
	if (t->may_corrupt)
		altered = (double)(m->unmatched < r->lost_link ? m->unmatched : r->lost_link);
	r->configured_loss = m->configured_loss.expected / clear;
	r->loss = ((double)r->lost_link - altered) / clear;
	r->loss_tolerance = sb_loss_sum_tolerance(&m->configured_loss);
	difference = fabs(r->loss - r->configured_loss);
	/* Where no loss at all would have passed, what was asked for was not put to the test. */
	if (difference > r->loss_tolerance)
		r->loss_check = SB_MISSED;
	else if (m->clear >= FEW_PACKETS &&
		 (r->configured_loss <= 0 || r->loss_tolerance < r->configured_loss))
		r->loss_check = SB_MET;
	if (r->loss_check != SB_MISSED)
		return;
	sb_reason_set_add(d, SB_WARN, SB_REASON_LOSS,
			  "loss is %.4g %% of %" PRIu64
			  " packets, configured %.4g %%; chance explains a difference of %.4g %%",
			  100 * r->loss, m->clear, 100 * r->configured_loss,
			  100 * r->loss_tolerance);
}

static void judge_rate(const struct sb_timeline *t, const struct sb_measure *m,
		       struct sb_dir_result *r, struct sb_reason_set *d)
{
	const struct sb_full *full = &m->flows;
	double off, reason = 0;

	r->rate_source = "";
	r->rate_tolerance = SB_RATE_TOLERANCE;
	r->rate_bps = NAN;
	r->configured_rate_bps = (double)t->asked->initial.rate_bps;
	/* 100 ms of a full link: the errors at a stretch's ends average out. */
	if (full->asked_ns >= 100 * SB_NS_PER_MS)
		r->rate_source = "flows";
	else if ((full = &m->train)->packets)
		r->rate_source = "train";
	if (!r->rate_source[0] || full->measured_ns <= 0)
		return;
	r->configured_rate_bps = full->bits * 1e9 / full->asked_ns;
	r->rate_bps = full->bits * 1e9 / full->measured_ns;
	off = fabs(r->rate_bps / r->configured_rate_bps - 1);
	/* The train is one stretch: what its two ends were late by is no fault of the rate. */
	if (full == &m->train && m->error_size.count)
		reason = 2 * sb_times_at(&m->error_size, 0.99) / full->measured_ns;
	r->rate_check = off > SB_RATE_TOLERANCE ? SB_MISSED : SB_MET;
	if (off > SB_RATE_TOLERANCE)
		sb_reason_set_add(
		    d, off - reason > RATE_INVALID ? SB_INVALID : SB_WARN, SB_REASON_RATE,
		    "the rate is %.4g Mbit/s, configured %.4g (%+.1f %%)", r->rate_bps / 1e6,
		    r->configured_rate_bps / 1e6, 100 * (r->rate_bps / r->configured_rate_bps - 1));
}

static void judge_counters(const struct sb_analysis_input *in, const struct sb_measure *m,
			   const struct sb_link_counters *c, uint64_t captured, bool complete,
			   struct sb_reason_set *d)
{
	char why[80];
	double difference, slack = COUNTER_SLACK + COUNTER_SLACK_SHARE * (double)captured;

	if (!c)
		return;
	if (c->failed > 0)
		sb_reason_set_add(d, SB_INVALID, SB_REASON_SHAPER_FAILED,
				  "the shaper failed to take or send %" PRId64 " packets",
				  c->failed);
	if (c->late > 0 && (double)c->late > 0.01 * (double)m->sent)
		sb_reason_set_add(d, SB_WARN, SB_REASON_LATE,
				  "%" PRId64 " packets left more than 1 ms late%s", c->late,
				  why_late(&in->host_baseline, why, sizeof(why)));
	difference = fabs((double)c->arrived - (double)captured);
	if (complete && c->arrived >= 0 && difference > slack)
		sb_reason_set_add(d, SB_WARN, SB_REASON_SHAPER_COUNT,
				  "the shaper counted %" PRId64
				  " packets, the capture before it %" PRIu64,
				  c->arrived, captured);
}

static void judge_order(const struct sb_timeline *t, const struct sb_measure *m,
			struct sb_dir_result *r, struct sb_reason_set *d)
{
	r->duplicated = m->duplicated;
	r->reordered = m->reordered;
	if (m->arrived >= FEW_PACKETS)
		r->order_check =
		    (m->reordered && !t->may_reorder) || (m->duplicated && !t->may_duplicate)
			? SB_MISSED
			: SB_MET;
	if (m->reordered && !t->may_reorder)
		sb_reason_set_add(
		    d, SB_WARN, SB_REASON_REORDERED,
		    "%" PRIu64 " packets were reordered, which is not configured%s", m->reordered,
		    t->asked->jitter_ns && (double)m->reordered > JITTERED * (double)m->arrived
			? ": a delay drawn for each packet, without a rate, does that"
			: "");
	if (m->duplicated && !t->may_duplicate)
		sb_reason_set_add(d, SB_WARN, SB_REASON_DUPLICATED,
				  "%" PRIu64 " packets were duplicated, which is not configured",
				  m->duplicated);
	if (m->leaked)
		sb_reason_set_add(d, SB_WARN, SB_REASON_OUTAGE_PASSED,
				  "%" PRIu64 " packets passed during an outage", m->leaked);
	if (m->unmatched && !t->may_corrupt)
		sb_reason_set_add(d, SB_WARN, SB_REASON_UNSEEN,
				  "%" PRIu64
				  " packets left the link that were not captured before it",
				  m->unmatched);
}

void sb_judge_queue(const struct sb_packet_match *packet_match, uint32_t mtu,
		    struct sb_reason_set *d)
{
	uint64_t dropped = 0, early = 0, judged = 0, small_early = 0;
	size_t gone = 0;

	/* A queue of packets, not bytes, is full of small ones earlier; large ones tell of its limit. */
	for (size_t i = 0; i < packet_match->sent_count; i++) {
		const struct sb_sent *s = &packet_match->sent[i];

		sb_spill_pass(&packet_match->sent_spill, &gone, i * sizeof(*s));
		judged += s->judged;
		if (!s->judged || s->fate != SB_LOST_QUEUE)
			continue;
		if (s->wire_len < mtu / 2) {
			small_early += s->fill < ROOMY;
			continue;
		}
		dropped++;
		early += s->fill < ROOMY;
	}
	if (small_early >= ROOMY_MIN)
		sb_reason_set_add(
		    d, SB_WARN, SB_REASON_QUEUE_PACKETS,
		    "%" PRIu64
		    " small packets, acknowledgements mostly, were dropped although less than "
		    "half of the configured queue was used: netem's queue counts packets, not "
		    "bytes; write backend = user",
		    small_early);
	if (early < ROOMY_MIN || 2 * early < dropped)
		return;
	sb_reason_set_add(d, (double)early > ROOMY_INVALID * (double)judged ? SB_INVALID : SB_WARN,
			  SB_REASON_QUEUE_LIMIT,
			  "%" PRIu64
			  " packets were dropped although less than half of the configured queue "
			  "was used: the shaper's limit, which includes packets in flight, is too "
			  "small for this delay and rate",
			  early);
}

void sb_judge_dir(const struct sb_analysis_input *in, const struct sb_timeline *t,
		  struct sb_measure *m, const struct sb_link_counters *counters, uint64_t captured,
		  bool complete, struct sb_dir_result *r, struct sb_reason_set *d)
{
	*r = (struct sb_dir_result){0};
	r->share = m->beam_bytes > 0 && t->asked->shared ? m->carried_bytes / m->beam_bytes : NAN;
	judge_loss(t, m, counters, r, d);
	judge_delay(in, m, counters, r, d);
	judge_rate(t, m, r, d);
	judge_order(t, m, r, d);
	judge_counters(in, m, counters, captured, complete, d);
	if (!m->sent)
		sb_reason_set_add(d, SB_WARN, SB_REASON_IDLE,
				  "no packet was sent in this direction");
	else if (m->sent < FEW_PACKETS)
		sb_reason_set_add(d, SB_WARN, SB_REASON_FEW_PACKETS,
				  "only %" PRIu64 " packets were sent: too few to judge", m->sent);
	else if (!m->arrived && m->lost)
		sb_reason_set_add(d, SB_INVALID, SB_REASON_NONE_ARRIVED,
				  "none of %" PRIu64 " packets arrived", m->sent);
}

void sb_judge_capture(const struct sb_analysis_input *in, const struct sb_capture_facts *c,
		      struct sb_reason_set *d)
{
	double share = (double)c->stats.dropped / fmax((double)c->stats.received, 1);
	uint32_t frame_max = in->plan->mtu + ETHER_HEADER;

	if (c->stats.dropped)
		sb_reason_set_add(d, share > CAPTURE_DROP_INVALID ? SB_INVALID : SB_WARN,
				  SB_REASON_CAPTURE_LOST,
				  "the capture %s lost %" PRIu64 " of %" PRIu64
				  " packets: retransmits are not counted",
				  c->name, c->stats.dropped, c->stats.received);
	if (c->damage[0])
		sb_reason_set_add(d, SB_INVALID, SB_REASON_CAPTURE_DAMAGED,
				  "the capture %s is incomplete: %s", c->name, c->damage);
	if (c->oversized)
		sb_reason_set_add(
		    d, SB_INVALID, SB_REASON_OFFLOAD,
		    "%" PRIu64 " frames of up to %" PRIu32
		    " bytes in the capture %s, where %" PRIu32
		    " is the maximum: segmentation offload is on, so one loss is many",
		    c->oversized, c->largest, c->name, frame_max);
}

void sb_judge_flow(const struct sb_analysis_input *in, const struct sb_flow *plan, bool complete,
		   struct sb_flow_result *r, struct sb_reason_set *d)
{
	/* An interrupted run may not have come to it. */
	if (!r->bytes && in->start_real_ns + plan->start_ns < in->end_real_ns)
		sb_reason_set_add(d, SB_WARN, SB_REASON_NO_PAYLOAD, "flow %s: no payload arrived",
				  plan->name);
	if (!complete)
		r->retransmits = -1;
	if (plan->kind != SB_FLOW_BULK || r->retransmits < 0 || r->retransmits_tcp_info < 0)
		return;
	if (r->retransmits != r->retransmits_tcp_info)
		sb_reason_set_add(d, SB_WARN, SB_REASON_RETRANSMITS_DIFFER,
				  "flow %s: %" PRId64 " retransmits in the capture, %" PRId64
				  " by TCP_INFO",
				  plan->name, r->retransmits, r->retransmits_tcp_info);
}

/* Of a run that was cut off the last steps were played and not told of. */
static size_t steps_known(const struct sb_analysis_input *in)
{
	size_t n = in->plan->step_count;

	while (in->cut_off && n && in->step_lateness_ns[n - 1] < 0)
		n--;
	return n;
}

void sb_judge_steps(const struct sb_analysis_input *in, struct sb_quantiles *lateness_ms,
		    struct sb_reason_set *d)
{
	struct sb_times late = {0};
	size_t missing = 0, known;
	double worst;

	*lateness_ms = (struct sb_quantiles){0};
	if (!in->step_lateness_ns)
		return;
	known = steps_known(in);
	for (size_t i = 0; i < known; i++) {
		/* What was due in the last moment may rightly not have been played. */
		bool due = in->start_real_ns + in->plan->steps[i].at_ns + 10 * SB_NS_PER_MS <
			   in->end_real_ns;

		if (in->step_lateness_ns[i] >= 0)
			sb_times_add(&late, in->step_lateness_ns[i]);
		else
			missing += due;
	}
	*lateness_ms = sb_times_quantiles(&late);
	sb_times_fini(&late);
	if (missing)
		sb_reason_set_add(d, SB_INVALID, SB_REASON_STEPS_MISSING,
				  "%zu steps of the timeline were not applied", missing);
	worst = lateness_ms->count ? lateness_ms->p99 : 0;
	if (worst > STEP_LATE_WARN_MS)
		sb_reason_set_add(d, worst > STEP_LATE_INVALID_MS ? SB_INVALID : SB_WARN,
				  SB_REASON_STEPS_LATE,
				  "steps of the timeline were late: %.1f ms (p50), %.1f ms (p99)",
				  lateness_ms->p50, lateness_ms->p99);
}
