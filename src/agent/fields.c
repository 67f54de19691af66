// SPDX-License-Identifier: MIT
/* fields.c - members of a request, taken only as what they should be */
#include "fields.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

int sb_field_int(const json_t *obj, const char *key, int64_t min, int64_t max, int64_t *out,
		 struct sb_err *err)
{
	const json_t *v = json_object_get(obj, key);
	int64_t n;

	if (!v)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is missing", key);
	if (json_is_integer(v)) {
		n = json_integer_value(v);
	} else if (json_is_real(v)) {
		/* Writers that keep all numbers as doubles give large integers as 1.5e+15. */
		double d = json_real_value(v);

		if (!(d >= -9e18 && d <= 9e18) || d != (double)(int64_t)d)
			return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not an integer", key);
		n = (int64_t)d;
	} else {
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not an integer", key);
	}
	if (n < min || n > max)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is %lld, not within %lld and %lld", key,
			       (long long)n, (long long)min, (long long)max);
	*out = n;
	return 0;
}

/* Printable ASCII only: these strings come back in messages and go to the kernel as names. */
int sb_field_check_word(const char *key, const json_t *v, size_t room, struct sb_err *err)
{
	const char *s = json_string_value(v);

	if (!s)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not a string", key);
	if (json_string_length(v) >= room)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is longer than %zu bytes", key, room - 1);
	for (size_t i = 0; i < json_string_length(v); i++)
		if (!isgraph((unsigned char)s[i]))
			return sb_fail(err, SB_EINPUT, 0,
				       "\"%s\" has characters that are not allowed in a name", key);
	return 0;
}

int sb_field_word(const json_t *obj, const char *key, char *out, size_t room, struct sb_err *err)
{
	const json_t *v = json_object_get(obj, key);

	if (!v)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is missing", key);
	if (sb_field_check_word(key, v, room, err))
		return -1;
	memcpy(out, json_string_value(v), json_string_length(v) + 1);
	return 0;
}

/* One of two words; @out tells whether it was the second. */
int sb_field_choice(const json_t *obj, const char *key, const char *no, const char *yes, bool *out,
		    struct sb_err *err)
{
	char word[16];

	if (sb_field_word(obj, key, word, sizeof(word), err))
		return -1;
	if (strcmp(word, no) && strcmp(word, yes))
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is \"%s\", neither \"%s\" nor \"%s\"",
			       key, word, no, yes);
	*out = !strcmp(word, yes);
	return 0;
}

int sb_field_address(const json_t *obj, uint16_t port, struct sb_node_addr *out, struct sb_err *err)
{
	return sb_field_address_of(obj, "address", port, out, err);
}

int sb_field_address_of(const json_t *obj, const char *key, uint16_t port, struct sb_node_addr *out,
			struct sb_err *err)
{
	struct sockaddr_in *in4 = (void *)&out->sa;
	struct sockaddr_in6 *in6 = (void *)&out->sa;

	memset(out, 0, sizeof(*out));
	if (sb_field_word(obj, key, out->text, sizeof(out->text), err))
		return -1;
	out->port = port;
	if (inet_pton(AF_INET, out->text, &in4->sin_addr) == 1) {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(port);
		out->len = sizeof(*in4);
	} else if (inet_pton(AF_INET6, out->text, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		out->len = sizeof(*in6);
	} else {
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%s\" is \"%s\", neither an IPv4 nor an IPv6 address", key,
			       out->text);
	}
	return 0;
}
