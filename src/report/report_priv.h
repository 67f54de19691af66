/* SPDX-License-Identifier: MIT */
/* report_priv.h - what the renderers share */
#ifndef SATBED_REPORT_PRIV_H
#define SATBED_REPORT_PRIV_H

#include "satbed/report.h"

/** enum sb_report_unit - how a value of [expect] is written for people */
enum sb_report_unit { SB_UNIT_COUNT, SB_UNIT_RATE, SB_UNIT_FRACTION, SB_UNIT_MS };

/** sb_report_unit() - of `goodput.bulk`, `loss.up` and so on; SB_UNIT_COUNT for what is unknown */
enum sb_report_unit sb_report_unit(const char *what);

/**
 * sb_report_clean() - a copy that is valid UTF-8 without control characters; the caller's to free
 *
 * Nodes run other people's images: what they say must neither move the reader's cursor nor make
 * run.json unreadable.  Each offending byte becomes '?'.
 */
char *sb_report_clean(const char *text);

#endif
