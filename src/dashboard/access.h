/* SPDX-License-Identifier: MIT */
/* access.h - who may ask a dashboard for what; private to src/dashboard */
#ifndef SATBED_DASHBOARD_ACCESS_H
#define SATBED_DASHBOARD_ACCESS_H

#include <stdbool.h>

#include "satbed/base/err.h"

#define SB_TOKEN_MIN 16
#define SB_TOKEN_MAX 128

/** struct sb_web_request - of a request; NULL = it has none of that */
struct sb_web_request {
	const char *method, *path, *token;
	const char *host, *origin, *fetch_site, *content_type;
};

enum sb_web_resource { SB_WEB_PAGE, SB_WEB_EVENTS, SB_WEB_REPORT, SB_WEB_ACT };

/** struct sb_web_rules - @anywhere: served to other machines, too; @may_act: there is something to ask */
struct sb_web_rules {
	const char *token;
	bool anywhere, may_act;
};

/**
 * sb_web_access() - is the request allowed, and what is it for?
 * @why:	a line for whoever asked, where it is not
 *
 * Return: an HTTP status: 200, 403, 404, 405, 415
 */
unsigned int sb_web_access(const struct sb_web_rules *rules, const struct sb_web_request *r,
			   enum sb_web_resource *what, const char **why);

/** sb_token_is() - compare in a time that depends on the length of @given only; NULL is no token */
bool sb_token_is(const char *token, const char *given);
/** sb_token_make() - a random one, 32 hexadecimal digits; 0 or -1 with @err */
int sb_token_make(char out[SB_TOKEN_MAX + 1], struct sb_err *err);
/** sb_token_read() - the first line of a file; 0 or -1 with @err (SB_EINPUT) */
int sb_token_read(const char *path, char out[SB_TOKEN_MAX + 1], struct sb_err *err);

#endif
