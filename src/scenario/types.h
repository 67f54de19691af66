/* SPDX-License-Identifier: MIT */
/* types.h - how values of a type are read, where types.c does not do it itself; private to src/scenario */
#ifndef SATBED_SCENARIO_TYPES_H
#define SATBED_SCENARIO_TYPES_H

#include "schema.h"

/* file_types.c; each as sb_type_row.parse. */
int sb_type_text(const struct sb_key_row *row, const char *text, struct sb_value *out,
		 struct sb_err *err);
int sb_type_jitter(const struct sb_key_row *row, const char *text, struct sb_value *out,
		   struct sb_err *err);
int sb_type_trace(const struct sb_key_row *row, const char *text, struct sb_value *out,
		  struct sb_err *err);
int sb_type_delay_trace(const struct sb_key_row *row, const char *text, struct sb_value *out,
			struct sb_err *err);
int sb_type_tle(const struct sb_key_row *row, const char *text, struct sb_value *out,
		struct sb_err *err);

#endif
