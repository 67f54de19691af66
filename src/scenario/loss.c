// SPDX-License-Identifier: MIT
/* loss.c - loss as it is written: per packet, by time, and by number */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "grammar.h"
#include "satbed/base/clock.h"
#include "satbed/base/units.h"

/* Shorter ones are a packet or none; longer ones are outages. */
#define MIN_LENGTH_NS SB_NS_PER_US
#define MAX_LENGTH_NS (3600 * SB_NS_PER_S)

/* Words @from up to @to, with one blank between them. */
static void join(const struct sb_words *w, size_t from, size_t to, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = from; i < to && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s", i > from ? " " : "",
					 w->word[i]);
}

/* A single time is the mean of an exponential distribution: bursts end as they go on, at random. */
static int read_length(const struct sb_words *w, size_t from, size_t to, struct sb_draw *out,
		       struct sb_err *err)
{
	char text[sizeof(w->copy)];
	struct sb_draw d;

	join(w, from, to, text, sizeof(text));
	if (sb_read_draw(SB_DRAW_OF_LENGTH, MAX_LENGTH_NS, text, &d, err))
		return -1;
	if (d.kind == SB_DRAW_FIXED)
		d.kind = SB_DRAW_EXPONENTIAL;
	if (d.kind == SB_DRAW_ALTERNATE || d.kind == SB_DRAW_OLD_NEW)
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%s\" is of an outage; of bursts expected a time, uniform, "
			       "lognormal or exponential",
			       text);
	if (d.a < MIN_LENGTH_NS)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is out of range, expected at least 1us",
			       text);
	*out = d;
	return 0;
}

/* "2% burst 80ms" */
static int read_share(const struct sb_words *w, struct sb_loss_bursts *b, struct sb_err *err)
{
	if (w->count < 4 || strcmp(w->word[2], "burst"))
		return sb_fail(err, SB_EINPUT, 0,
			       "expected \"bursts SHARE burst TIME\", for example bursts 2%% burst "
			       "80ms");
	if (sb_parse_percent(w->word[1], &b->share_ppb, err))
		return -1;
	if (!b->share_ppb || b->share_ppb >= SB_PPB)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "\"%s\" of the time is out of range, expected more than 0%% and less "
		    "than 100%%",
		    w->word[1]);
	return read_length(w, 3, w->count, &b->burst, err);
}

/* "on 80ms off 4s" */
static int read_on_off(const struct sb_words *w, struct sb_loss_bursts *b, struct sb_err *err)
{
	size_t off = 2;

	while (off < w->count && strcmp(w->word[off], "off"))
		off++;
	if (off == 2 || off + 1 >= w->count)
		return sb_fail(err, SB_EINPUT, 0,
			       "expected \"bursts on TIME off TIME\", for example bursts on 80ms "
			       "off 4s");
	return read_length(w, 2, off, &b->burst, err) ||
		       read_length(w, off + 1, w->count, &b->gap, err)
		   ? -1
		   : 0;
}

/* "p 1% r 16.7% step 1ms" */
static int read_chain(const struct sb_words *w, struct sb_loss_bursts *b, struct sb_err *err)
{
	if (w->count != 7 || strcmp(w->word[3], "r") || strcmp(w->word[5], "step"))
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "expected \"bursts p SHARE r SHARE step TIME\", for example bursts p "
		    "1%% r 16.7%% step 1ms");
	if (sb_parse_percent(w->word[2], &b->enter_ppb, err) ||
	    sb_parse_percent(w->word[4], &b->leave_ppb, err) ||
	    sb_parse_time(w->word[6], &b->step_ns, err))
		return -1;
	if (!b->enter_ppb || !b->leave_ppb)
		return sb_fail(err, SB_EINPUT, 0, "p and r must be above 0%%");
	if (b->step_ns < MIN_LENGTH_NS || b->step_ns > MAX_LENGTH_NS)
		return sb_fail(err, SB_EINPUT, 0,
			       "a step of \"%s\" is out of range, expected 1us to 1h", w->word[6]);
	return 0;
}

static int read_range(const char *text, uint32_t after, uint32_t *first, uint32_t *last,
		      struct sb_err *err)
{
	const char *dash = strchr(text, '-');
	char begin[24];
	uint64_t a, b;

	snprintf(begin, sizeof(begin), "%.*s", (int)(dash ? dash - text : 23), text);
	if (sb_read_count(begin, &a, err) || sb_read_count(dash ? dash + 1 : begin, &b, err))
		return -1;
	if (!a || b > UINT32_MAX || a > b)
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%s\" names no packets, expected numbers from 1 to 4294967295",
			       text);
	if (a <= after)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" does not come after packet %u", text,
			       after);
	*first = (uint32_t)a;
	*last = (uint32_t)b;
	return 0;
}

static int read_exact(const struct sb_words *w, struct sb_exact *out, struct sb_err *err)
{
	uint32_t after = 0;

	if (w->count < 2)
		return sb_fail(err, SB_EINPUT, 0,
			       "expected \"exact N N-N ...\", for example exact 10 20-25");
	for (size_t i = 1; i < w->count; i++) {
		if (out->count == SB_MAX_EXACT)
			return sb_fail(err, SB_EINPUT, 0, "more than %d packets or ranges",
				       SB_MAX_EXACT);
		if (read_range(w->word[i], after, &out->range[out->count].first,
			       &out->range[out->count].last, err))
			return -1;
		after = out->range[out->count++].last;
	}
	return 0;
}

int sb_read_loss_written(const char *text, struct sb_loss_written *out, struct sb_err *err)
{
	struct sb_loss_written l = {0};
	struct sb_words w;
	int rc;

	if (sb_split_words(text, " \t", &w, err))
		return -1;
	if (!strcmp(w.word[0], "exact")) {
		l.form = SB_LOSS_EXACT;
		rc = read_exact(&w, &l.exact, err);
	} else if (strcmp(w.word[0], "bursts")) {
		rc = sb_read_loss(text, &l.loss, err);
	} else {
		l.form = SB_LOSS_BURSTS;
		if (w.count > 1 && !strcmp(w.word[1], "on"))
			rc = read_on_off(&w, &l.bursts, err);
		else if (w.count > 1 && !strcmp(w.word[1], "p"))
			rc = read_chain(&w, &l.bursts, err);
		else
			rc = read_share(&w, &l.bursts, err);
	}
	if (rc)
		return -1;
	*out = l;
	return 0;
}

/*
 * Gilbert's model from what one can measure: with the mean share L and the mean burst B, the chance
 * to leave the bad state is r = 1/B, and L = p/(p+r) gives p = r L/(1-L).
 */
static int derive_gilbert(const char *mean, const char *burst, struct sb_loss *loss,
			  struct sb_err *err)
{
	uint64_t burst_ppm, p;
	uint32_t mean_ppb;

	if (sb_parse_percent(mean, &mean_ppb, err) || sb_parse_factor(burst, &burst_ppm, err))
		return -1;
	if (burst_ppm < (uint64_t)PPM || burst_ppm > (uint64_t)(1000000 * PPM))
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "a mean burst of \"%s\" packets is out of range, expected 1 to 1000000", burst);
	if (mean_ppb >= SB_PPB)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "a mean loss of \"%s\" leaves nothing; an event's outage is made for that",
		    mean);
	loss->good_ppb = (uint32_t)((UINT64_C(1000000) * SB_PPB + burst_ppm / 2) / burst_ppm);
	p = ((uint64_t)loss->good_ppb * mean_ppb + (SB_PPB - mean_ppb) / 2) / (SB_PPB - mean_ppb);
	if (p > SB_PPB)
		return sb_fail(err, SB_EINPUT, 0,
			       "a mean loss of \"%s\" cannot come in bursts of only \"%s\" packets",
			       mean, burst);
	loss->bad_ppb = (uint32_t)p;
	loss->lost_in_bad_ppb = SB_PPB;
	return 0;
}

/* "p 1% r 25% bad 100% good 0%" in any order. */
static int read_states(const struct sb_words *w, struct sb_loss *loss, struct sb_err *err)
{
	static const char names[] = "p|r|bad|good";
	uint32_t *const fields[] = {&loss->bad_ppb, &loss->good_ppb, &loss->lost_in_bad_ppb,
				    &loss->lost_in_good_ppb};
	unsigned int seen = 0;

	loss->lost_in_bad_ppb = SB_PPB;
	for (size_t i = 1; i < w->count; i += 2) {
		int n = sb_word_index(names, w->word[i]);

		if (n < 0)
			return sb_fail_word(names, w->word[i], err);
		if (seen & (1u << n))
			return sb_fail(err, SB_EINPUT, 0, "\"%s\" twice", w->word[i]);
		if (i + 1 == w->count)
			return sb_fail(err, SB_EINPUT, 0, "\"%s\" without its share", w->word[i]);
		if (sb_parse_percent(w->word[i + 1], fields[n], err))
			return -1;
		seen |= 1u << n;
	}
	if ((seen & 3) != 3 || !loss->good_ppb)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "gemodel needs p and r, and r above 0%%; for example gemodel p 1%% r 25%%");
	return 0;
}

int sb_read_loss(const char *text, struct sb_loss *out, struct sb_err *err)
{
	/* The last two are for sb_read_loss_written(). */
	static const char kinds[] = "none|random|gemodel|bursts|exact";
	struct sb_loss loss = {0};
	struct sb_words w;
	int kind;

	if (sb_split_words(text, " \t", &w, err))
		return -1;
	kind = sb_word_index(kinds, w.word[0]);
	if (kind < 0 && !sb_parse_percent(text, &loss.random_ppb, NULL))
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%s\" without its model; did you mean \"random %s\"?", text, text);
	if (kind < 0)
		return sb_fail_word(kinds, w.word[0], err);
	if (kind > SB_LOSS_GEMODEL)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not decided packet by packet", text);
	loss.kind = (enum sb_loss_kind)kind;
	if (kind == SB_LOSS_NONE && w.count != 1)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" after none", w.word[1]);
	if (kind == SB_LOSS_RANDOM) {
		if (w.count != 2)
			return sb_fail(err, SB_EINPUT, 0,
				       "expected \"random SHARE\", for example random 1%%");
		if (sb_parse_percent(w.word[1], &loss.random_ppb, err))
			return -1;
	}
	if (kind == SB_LOSS_GEMODEL) {
		int rc;

		if (w.count == 4 && !strcmp(w.word[2], "burst"))
			rc = derive_gilbert(w.word[1], w.word[3], &loss, err);
		else if (w.count > 1 && isdigit((unsigned char)w.word[1][0]))
			rc = sb_fail(err, SB_EINPUT, 0,
				     "expected \"gemodel SHARE burst PACKETS\", for example "
				     "gemodel 2%% burst 4");
		else
			rc = read_states(&w, &loss, err);
		if (rc)
			return -1;
	}
	*out = loss;
	return 0;
}
