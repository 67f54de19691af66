/* SPDX-License-Identifier: MIT */
/* fields.h - members of a request, taken only as what they should be */
#ifndef SATBED_AGENT_FIELDS_H
#define SATBED_AGENT_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "request.h"
#include "satbed/base/err.h"

/* All return 0, or -1 with @err (SB_EINPUT) naming the member. */

int sb_field_int(const json_t *obj, const char *key, int64_t min, int64_t max, int64_t *out,
		 struct sb_err *err);
/** sb_field_check_word() - printable ASCII without blanks, shorter than @room */
int sb_field_check_word(const char *key, const json_t *v, size_t room, struct sb_err *err);
int sb_field_word(const json_t *obj, const char *key, char *out, size_t room, struct sb_err *err);
/** sb_field_choice() - one of two words; @out tells whether it was @yes */
int sb_field_choice(const json_t *obj, const char *key, const char *no, const char *yes, bool *out,
		    struct sb_err *err);
/** sb_field_address() - member "address", an IP address of either version */
int sb_field_address(const json_t *obj, uint16_t port, struct sb_node_addr *out,
		     struct sb_err *err);
/** sb_field_address_of() - the same of another member */
int sb_field_address_of(const json_t *obj, const char *key, uint16_t port, struct sb_node_addr *out,
			struct sb_err *err);

#endif
