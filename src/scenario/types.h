/* SPDX-License-Identifier: MIT */
/* types.h - how values of a type are read, where types.c does not do it itself; private to src/scenario */
#ifndef SATBED_SCENARIO_TYPES_H
#define SATBED_SCENARIO_TYPES_H

#include "schema.h"

/** sb_check_range() - @v, written as @text, lies within the row's bounds; 0, or -1 with @err */
int sb_check_range(const struct sb_key_row *row, const char *text, uint64_t v, struct sb_err *err);

/** sb_type_text() - any text, as long as the row allows; sb_type_row.parse */
int sb_type_text(const struct sb_key_row *row, const char *text, struct sb_value *out,
		 struct sb_err *err);

/* file_types.c; each as sb_type_row.parse. */
int sb_type_jitter(const struct sb_key_row *row, const char *text, struct sb_value *out,
		   struct sb_err *err);
int sb_type_trace(const struct sb_key_row *row, const char *text, struct sb_value *out,
		  struct sb_err *err);
int sb_type_delay_trace(const struct sb_key_row *row, const char *text, struct sb_value *out,
			struct sb_err *err);
int sb_type_tle(const struct sb_key_row *row, const char *text, struct sb_value *out,
		struct sb_err *err);

#endif
