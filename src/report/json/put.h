/* SPDX-License-Identifier: MIT */
/* put.h - values of a report into its JSON; private to src/report */
#ifndef SATBED_REPORT_PUT_H
#define SATBED_REPORT_PUT_H

#include "satbed/report.h"

/*
 * Each adds a member to an object; what is not finite is null.  Doubles are written to the ns, the ppb, the
 * bit/s: further digits only look exact.
 */
void sb_put_rounded(cJSON *to, const char *key, double value, double steps_per_unit);
void sb_put_ms(cJSON *to, const char *key, double ms);
void sb_put_fraction(cJSON *to, const char *key, double fraction);
void sb_put_bps(cJSON *to, const char *key, double bps);
void sb_put_count(cJSON *to, const char *key, uint64_t count);
/** sb_put_known() - -1 and below stand for "not known" */
void sb_put_known(cJSON *to, const char *key, int64_t count);
/** sb_put_text() - as harmless UTF-8; NULL is null */
void sb_put_text(cJSON *to, const char *key, const char *text);
/** sb_put_reasons() - "reasons" and "reason_codes" */
void sb_put_reasons(cJSON *to, const struct sb_reasons *reasons);
void sb_put_quantiles(cJSON *to, const char *key, const struct sb_quantiles *q);

#define SB_NO_CHANCE "an engineering limit, not chance"

/**
 * sb_put_false_alarm() - how often a link that is right fails a check by chance, at most
 * @false_alarm: NAN where that has no closed form; @because: why not
 */
void sb_put_false_alarm(cJSON *to, double false_alarm, const char *because);

/* Members of run.json, and sb_report_json(), which is all of it, in expects_json.c. */
void sb_report_links_json(cJSON *to, const struct sb_report *r);
void sb_report_flows_json(cJSON *to, const struct sb_report *r);
void sb_report_timeline_json(cJSON *to, const struct sb_report *r);
void sb_report_events_json(cJSON *to, const struct sb_report *r);
void sb_report_host_json(cJSON *to, const struct sb_report *r);

#endif
