// SPDX-License-Identifier: MIT
/* loss.c - the loss processes of a link, all that the plan knows of each: means, JSON, words */
#include "plan_priv.h"

#include <stdio.h>

#include "plan/json/json_read.h"

bool sb_loss_equal(const struct sb_loss *a, const struct sb_loss *b)
{
	return a->kind == b->kind && a->random_ppb == b->random_ppb && a->bad_ppb == b->bad_ppb &&
	       a->good_ppb == b->good_ppb && a->lost_in_bad_ppb == b->lost_in_bad_ppb &&
	       a->lost_in_good_ppb == b->lost_in_good_ppb;
}

double sb_loss_mean(const struct sb_loss *loss)
{
	double p = loss->bad_ppb, r = loss->good_ppb;

	if (loss->kind == SB_LOSS_RANDOM)
		return (double)loss->random_ppb / SB_PPB;
	if (loss->kind != SB_LOSS_GEMODEL || p + r <= 0)
		return 0;
	return (p * loss->lost_in_bad_ppb + r * loss->lost_in_good_ppb) / (p + r) / SB_PPB;
}

/*
 * A run of losses ends with the first packet that is not lost.  Runs begin as often as they end, so
 * their mean length is P(lost) / P(lost, next not lost); with B and G the probabilities of the
 * states and h and g those of a loss in them,
 *
 *	P(lost, next lost) = B h ((1-r) h + r g) + G g (p h + (1-p) g).
 *
 * For Gilbert's model (h = 1, g = 0) this is 1/r; for independent losses 1/(1-loss).
 */
double sb_loss_mean_burst(const struct sb_loss *loss)
{
	double mean = sb_loss_mean(loss), p, r, h, g, bad, both;

	if (mean <= 0)
		return 0;
	if (loss->kind == SB_LOSS_RANDOM)
		return 1 / (1 - mean);
	p = (double)loss->bad_ppb / SB_PPB;
	r = (double)loss->good_ppb / SB_PPB;
	h = (double)loss->lost_in_bad_ppb / SB_PPB;
	g = (double)loss->lost_in_good_ppb / SB_PPB;
	bad = p / (p + r);
	both = bad * h * ((1 - r) * h + r * g) + (1 - bad) * g * (p * h + (1 - p) * g);
	return mean / (mean - both);
}

/* There are hundreds of thousands of these: the keys are constants and need not be copied. */
static void add_number(cJSON *obj, const char *key, double value)
{
	cJSON_AddItemToObjectCS(obj, key, cJSON_CreateNumber(value));
}

void sb_loss_to_json(cJSON *obj, const struct sb_loss *loss)
{
	cJSON *l = cJSON_AddObjectToObject(obj, "loss");

	cJSON_AddItemToObjectCS(l, "kind",
				cJSON_CreateStringReference(sb_loss_kind_name(loss->kind)));
	if (loss->kind == SB_LOSS_RANDOM)
		add_number(l, "random_ppb", loss->random_ppb);
	if (loss->kind != SB_LOSS_GEMODEL)
		return;
	add_number(l, "bad_ppb", loss->bad_ppb);
	add_number(l, "good_ppb", loss->good_ppb);
	add_number(l, "lost_in_bad_ppb", loss->lost_in_bad_ppb);
	add_number(l, "lost_in_good_ppb", loss->lost_in_good_ppb);
}

int sb_loss_from_json(const cJSON *obj, const char *path, struct sb_loss *out, struct sb_err *err)
{
	const cJSON *l = cJSON_GetObjectItemCaseSensitive(obj, "loss");
	struct sb_loss loss = {0};
	char at[SB_PLAN_PATH_MAX + 8];
	int kind;

	snprintf(at, sizeof(at), "%s.loss", path);
	if (sb_get_word(l, at, "kind", sb_loss_kind_names, &kind, err))
		return -1;
	loss.kind = (enum sb_loss_kind)kind;
	if (loss.kind == SB_LOSS_RANDOM && sb_get_ppb(l, at, "random_ppb", &loss.random_ppb, err))
		return -1;
	if (loss.kind == SB_LOSS_GEMODEL &&
	    (sb_get_ppb(l, at, "bad_ppb", &loss.bad_ppb, err) ||
	     sb_get_u32(l, at, "good_ppb", 1, SB_PPB, &loss.good_ppb, err) ||
	     sb_get_ppb(l, at, "lost_in_bad_ppb", &loss.lost_in_bad_ppb, err) ||
	     sb_get_ppb(l, at, "lost_in_good_ppb", &loss.lost_in_good_ppb, err)))
		return -1;
	*out = loss;
	return 0;
}

void sb_loss_print(FILE *to, const struct sb_loss *loss)
{
	if (loss->kind == SB_LOSS_NONE) {
		fprintf(to, "none");
		return;
	}
	if (loss->kind == SB_LOSS_RANDOM)
		fprintf(to, "random, %.4g%%", 100 * sb_loss_mean(loss));
	else
		fprintf(to, "gemodel, %.4g%% on average, %.3g packets in a row",
			100 * sb_loss_mean(loss), sb_loss_mean_burst(loss));
}

void sb_loss_text(char *buf, size_t size, const struct sb_loss *loss)
{
	double share = 100 * sb_loss_mean(loss);

	if (loss->kind == SB_LOSS_NONE)
		snprintf(buf, size, "none");
	else if (loss->kind == SB_LOSS_RANDOM)
		snprintf(buf, size, "%.4g%%", share);
	else
		snprintf(buf, size, "gemodel %.4g%% burst %.3g", share, sb_loss_mean_burst(loss));
}
