/* SPDX-License-Identifier: MIT */
/* page_request.h - what a testbed's page asks for; private to src/supervisor */
#ifndef SATBED_SUPERVISOR_PAGE_REQUEST_H
#define SATBED_SUPERVISOR_PAGE_REQUEST_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "satbed/base/err.h"

#define SB_PAGE_SETTINGS_MAX 16

/**
 * sb_page_request_read() - {"client":1,"dir":"down","set":["loss=5%","delay=40ms"]}, or "reset":true
 * @json:	@len bytes, not trusted
 * @out:	the same as a client of the supervisor asks it, "op":"link"; the caller's to delete
 *
 * "client" and "dir" left out: all, both.  Settings are those of satbed link.
 *
 * Return: 0, or -1 with @err (SB_EINPUT)
 */
int sb_page_request_read(const char *json, size_t len, cJSON **out, struct sb_err *err);

#endif
