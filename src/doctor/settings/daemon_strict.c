// SPDX-License-Identifier: MIT
/* daemon_strict.c - what cJSON reads and Go's parser, which is dockerd's, does not */
#include "daemon_strict.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool is_control(char c)
{
	return (unsigned char)c < ' ';
}

/* At a string's opening quote; behind its closing one, or where it is wrong. */
static const char *skip_string(const char *at, const char *end, const char **what)
{
	for (at++; at < end && *at != '"'; at++) {
		if (is_control(*at)) {
			*what = "a control character within quotes; write \\n or \\t";
			return at;
		}
		at += *at == '\\' && at + 1 < end;
	}
	return at < end ? at + 1 : end;
}

/* At the first character of a number; behind its last, or where it is wrong. */
static const char *skip_number(const char *at, const char *end, const char **what)
{
	size_t len = strspn(at, "+-.eE0123456789");
	const char *digits = at + (*at == '-');

	if (len > (size_t)(end - at))
		len = (size_t)(end - at);
	if (digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9')
		*what = "a number that begins with 0";
	else if (strcspn(at, ".eE") < len)
		*what = "a number with a fraction or an exponent; all of dockerd's are whole";
	return *what ? at : at + len;
}

const char *sb_daemon_strict(const char *text, const char *end, const char **what)
{
	const char *at = text;

	*what = NULL;
	while (at < end && !*what) {
		if (*at == '"')
			at = skip_string(at, end, what);
		else if (*at == '-' || (*at >= '0' && *at <= '9'))
			at = skip_number(at, end, what);
		else if (is_control(*at) && !strchr("\t\r\n", *at))
			*what = "a control character";
		else
			at++;
	}
	return *what ? at : NULL;
}
