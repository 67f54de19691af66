// SPDX-License-Identifier: MIT
/* base64.c - bytes as printable text (RFC 4648, section 4, with padding) */
#include "satbed/base/base64.h"

#include <stdbool.h>
#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t sb_base64_encode(const void *in, size_t len, char *out)
{
	const unsigned char *from = in;
	char *to = out;

	for (; len; from += 3) {
		size_t n = len < 3 ? len : 3;
		uint32_t bits = (uint32_t)from[0] << 16 | (n > 1 ? (uint32_t)from[1] << 8 : 0) |
				(n > 2 ? from[2] : 0u);

		*to++ = alphabet[bits >> 18];
		*to++ = alphabet[bits >> 12 & 63];
		*to++ = n > 1 ? alphabet[bits >> 6 & 63] : '=';
		*to++ = n > 2 ? alphabet[bits & 63] : '=';
		len -= n;
	}
	*to = '\0';
	return (size_t)(to - out);
}

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

ssize_t sb_base64_decode(const char *in, size_t len, void *out)
{
	unsigned char *to = out;

	if (len % 4)
		return -1;
	for (size_t i = 0; i < len; i += 4) {
		bool last = i + 4 == len;
		size_t pad = !last || in[i + 3] != '=' ? 0 : in[i + 2] != '=' ? 1 : 2;
		uint32_t bits = 0;

		for (size_t k = 0; k < 4; k++) {
			int v = k >= 4 - pad ? 0 : value_of(in[i + k]);

			if (v < 0)
				return -1;
			bits = bits << 6 | (uint32_t)v;
		}
		/* What padding leaves over must be zero, so that each text has one meaning. */
		if (pad && bits & (pad == 1 ? 0xffu : 0xffffu))
			return -1;
		*to++ = (unsigned char)(bits >> 16);
		if (pad < 2)
			*to++ = (unsigned char)(bits >> 8);
		if (pad < 1)
			*to++ = (unsigned char)bits;
	}
	return to - (unsigned char *)out;
}
