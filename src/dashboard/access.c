// SPDX-License-Identifier: MIT
/*
 * access.c - who may ask a dashboard for what
 *
 * Kept out are other users of this machine, who reach its loopback addresses as well, and pages of
 * the user's browser that come from elsewhere.  The former do not know the token.  The latter do
 * not either; should one have got hold of it, its Origin is another, and what a page may send
 * without asking first has another content type than JSON.  A name that was made to point here
 * (DNS rebinding) is in the Host header.
 */
#include "access.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "satbed/base/fdio.h"
#include "satbed/base/listen.h"
#include "satbed/base/mem.h"

#define TOKEN_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
#define JSON_TYPE	 "application/json"

bool sb_token_is(const char *token, const char *given)
{
	size_t own = strlen(token), len = given ? strlen(given) : 0;
	volatile unsigned char differ = own != len;

	/* Over what was given: nothing of the token shows in the time. */
	for (size_t i = 0; i < len; i++)
		differ |= (unsigned char)(given[i] ^ token[i % own]);
	return given && !differ;
}

int sb_token_make(char out[SB_TOKEN_MAX + 1], struct sb_err *err)
{
	unsigned char bytes[16];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return sb_fail(err, SB_EENV, errno, "no random numbers for a token");
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

int sb_token_read(const char *path, char out[SB_TOKEN_MAX + 1], struct sb_err *err)
{
	sb_auto_free char *text = NULL;
	size_t len;

	if (sb_read_file(path, 4096, &text, NULL, err))
		return -1;
	len = strcspn(text, "\r\n");
	if (len < SB_TOKEN_MIN || len > SB_TOKEN_MAX || strspn(text, TOKEN_CHARACTERS) != len)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s: the first line must be a token of %d to %d characters of A-Z "
			       "a-z 0-9 - _; for example: openssl rand -hex 16 > %s",
			       path, SB_TOKEN_MIN, SB_TOKEN_MAX, path);
	snprintf(out, SB_TOKEN_MAX + 1, "%.*s", (int)len, text);
	return 0;
}

/* "http://" and the Host that was asked. */
static bool is_own_origin(const struct sb_web_request *r)
{
	return !strncmp(r->origin, "http://", 7) && !strcasecmp(r->origin + 7, r->host);
}

static bool is_json(const char *type)
{
	size_t len = sizeof(JSON_TYPE) - 1;

	return type && !strncasecmp(type, JSON_TYPE, len) && strchr("; ", type[len]);
}

static bool find_resource(const char *path, enum sb_web_resource *what)
{
	static const char *const paths[] = {
	    [SB_WEB_PAGE] = "/",
	    [SB_WEB_EVENTS] = "/events",
	    [SB_WEB_REPORT] = "/report",
	    [SB_WEB_ACT] = "/act",
	};

	for (size_t i = 0; i < SB_ARRAY_LEN(paths); i++)
		if (!strcmp(path, paths[i])) {
			*what = (enum sb_web_resource)i;
			return true;
		}
	return false;
}

static unsigned int check_post(const struct sb_web_request *r, const char **why)
{
	*why = "only the dashboard's own page may ask for changes";
	if (!r->origin || !is_own_origin(r) ||
	    (r->fetch_site && strcmp(r->fetch_site, "same-origin")))
		return 403;
	*why = "what is asked must be " JSON_TYPE;
	return is_json(r->content_type) ? 200 : 415;
}

unsigned int sb_web_access(const struct sb_web_rules *rules, const struct sb_web_request *r,
			   enum sb_web_resource *what, const char **why)
{
	bool get = !strcmp(r->method, "GET") || !strcmp(r->method, "HEAD");

	*why = "ask for localhost, or for an address";
	if (!r->host ||
	    !(rules->anywhere ? sb_host_is_address(r->host) : sb_host_is_loopback(r->host)))
		return 403;
	*why = "the token is missing or wrong: use the whole address that satbed printed";
	if (!sb_token_is(rules->token, r->token))
		return 403;
	*why = "there is nothing of that name here";
	if (!find_resource(r->path, what) || (*what == SB_WEB_ACT && !rules->may_act))
		return 404;
	*why = "this method is not allowed here";
	if (get != (*what != SB_WEB_ACT) || (!get && strcmp(r->method, "POST")))
		return 405;
	if (!get)
		return check_post(r, why);
	*why = "pages of other origins are not answered";
	return r->origin && !is_own_origin(r) ? 403 : 200;
}
