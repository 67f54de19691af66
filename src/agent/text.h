/* SPDX-License-Identifier: MIT */
/* text.h - one JSON object written into a fixed buffer: nothing is allocated while packets fly */
#ifndef SATBED_AGENT_TEXT_H
#define SATBED_AGENT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SB_TEXT_MAX	 8192
#define SB_TEXT_DATA_MAX 4096

/**
 * struct sb_text - an object under construction; always well-formed once closed
 * @cut:	a member did not fit: it and all later ones are left out
 */
struct sb_text {
	char buf[SB_TEXT_MAX];
	size_t len;
	unsigned int depth;
	bool cut;
};

/** sb_text_open() - {"ev":"EVENT" */
void sb_text_open(struct sb_text *t, const char *event);
void sb_text_int(struct sb_text *t, const char *key, int64_t value);
void sb_text_uint(struct sb_text *t, const char *key, uint64_t value);
void sb_text_bool(struct sb_text *t, const char *key, bool value);
/** sb_text_str() - NULL gives null; no more than 6000 bytes; what is not printable ASCII becomes a
 * '?' */
void sb_text_str(struct sb_text *t, const char *key, const char *value);
/** sb_text_data() - @len bytes as base64, SB_TEXT_DATA_MAX at most */
void sb_text_data(struct sb_text *t, const char *key, const void *data, size_t len);
/** sb_text_sub() - "KEY":{ , one level only; closed by sb_text_sub_close() */
void sb_text_sub(struct sb_text *t, const char *key);
void sb_text_sub_close(struct sb_text *t);
/** sb_text_close() - the last brace and the newline; always fits */
void sb_text_close(struct sb_text *t);

#endif
