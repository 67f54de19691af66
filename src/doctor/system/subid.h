/* SPDX-License-Identifier: MIT */
/* subid.h - subordinate ids of a user: subuid(5), subgid(5), getsubids(1) */
#ifndef SATBED_DOCTOR_SUBID_H
#define SATBED_DOCTOR_SUBID_H

#include <stdint.h>

/**
 * struct sb_subid - a user's ranges
 * @start, @largest: first id and size of the largest range
 * @total:	ids of all ranges: engines map several one after the other
 * @after:	first id that nobody's range has
 */
struct sb_subid {
	uint64_t start, largest, total, after;
};

/**
 * sb_subid_from_file() - from the text of /etc/subuid or /etc/subgid
 * @user, @uid:	a line may begin with either
 * @shared:	out: another user whose range overlaps, or NULL; the caller's to free
 *
 * Return: 0, or -1 when no line is the user's
 */
int sb_subid_from_file(const char *text, const char *user, unsigned int uid, struct sb_subid *out,
		       char **shared);
/** sb_subid_from_getsubids() - from what getsubids printed ("0: USER START COUNT") */
int sb_subid_from_getsubids(const char *text, struct sb_subid *out);

#endif
