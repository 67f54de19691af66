// SPDX-License-Identifier: MIT
/* choice.c - which kernel a word means, and which of several is preferred */
#include "choice.h"
#include "satbed/base/number.h"

#include <ctype.h>
#include <string.h>

#define HASH_PREFIX_MIN 4

static bool is_hex(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr("0123456789abcdef", text[i]))
			return false;
	return true;
}

/* The number at the cursor, which is moved behind it and one dot; 0 where there is none. */
static uint64_t next_number(const char **at)
{
	uint64_t n = 0;

	if (!sb_read_digits(at, UINT64_MAX, &n))
		*at += **at == '.';
	return n;
}

int sb_kernel_version_order(const char *a, const char *b)
{
	bool a_rc, b_rc;

	while (isdigit((unsigned char)*a) || isdigit((unsigned char)*b)) {
		uint64_t x = next_number(&a), y = next_number(&b);

		if (x != y)
			return x < y ? -1 : 1;
	}
	a_rc = !strncmp(a, "-rc", 3);
	b_rc = !strncmp(b, "-rc", 3);
	if (a_rc && b_rc) {
		a += 3;
		b += 3;
		return sb_kernel_version_order(a, b);
	}
	if (a_rc != b_rc)
		return a_rc ? -1 : 1;
	return strcmp(a, b);
}

bool sb_kernel_version_matches(const char *version, const char *wanted)
{
	size_t len = strlen(wanted);

	return len && !strncmp(version, wanted, len) &&
	       (version[len] == '\0' || version[len] == '.' || version[len] == '-');
}

bool sb_kernel_matches(const struct sb_kernel *k, const char *wanted)
{
	size_t len;

	if (!wanted || !*wanted || !strcmp(wanted, "auto"))
		return true;
	if (sb_kernel_version_matches(k->version, wanted))
		return true;
	len = strlen(wanted);
	if (len >= HASH_PREFIX_MIN && is_hex(wanted, len) && !strncmp(k->hash, wanted, len))
		return true;
	return len > strlen(k->version) + HASH_PREFIX_MIN && !strncmp(k->name, wanted, len);
}

int sb_kernel_preference(const void *a, const void *b)
{
	const struct sb_kernel *x = a, *y = b;
	int order;

	if (!*x->changes != !*y->changes)
		return *x->changes ? 1 : -1;
	order = sb_kernel_version_order(y->version, x->version);
	if (order)
		return order;
	if (x->built_at_s != y->built_at_s)
		return x->built_at_s < y->built_at_s ? 1 : -1;
	return strcmp(x->hash, y->hash);
}

const char *sb_kernel_split_name(const char *name, size_t *version_len)
{
	const char *dash = strrchr(name, '-');

	if (!isdigit((unsigned char)*name) || !dash || strlen(dash + 1) != SB_KERNEL_HASH_LEN ||
	    !is_hex(dash + 1, SB_KERNEL_HASH_LEN))
		return NULL;
	*version_len = (size_t)(dash - name);
	return dash + 1;
}
