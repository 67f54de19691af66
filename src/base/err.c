// SPDX-License-Identifier: MIT
/* err.c - what went wrong, in words */
#include "satbed/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Limits of the process, which nobody thinks of when a file is named. */
static const char *advice(int sys)
{
	if (sys == EMFILE)
		return "; raise this process's limit: ulimit -n 4096";
	if (sys == ENFILE)
		return "; raise the system's limit: sudo sysctl fs.file-max=1000000";
	return sys == EFBIG ? "; raise this process's limit: ulimit -f unlimited" : "";
}

int sb_fail(struct sb_err *err, enum sb_code code, int sys, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	if (!err)
		return -1;
	err->code = code;
	err->sys = sys;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	if (!sys)
		return -1;
	len = strlen(err->msg);
	snprintf(err->msg + len, sizeof(err->msg) - len, ": %s%s", strerror(sys), advice(sys));
	return -1;
}

int sb_wrap(struct sb_err *err, const char *fmt, ...)
{
	char inner[sizeof(err->msg)];
	va_list ap;
	size_t len;

	if (!err)
		return -1;
	memcpy(inner, err->msg, sizeof(inner));
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	len = strlen(err->msg);
	/* The cause matters more than a context that leaves no room for it: both are cut at the
	 * end. */
	if (len + 2 < sizeof(err->msg))
		snprintf(err->msg + len, sizeof(err->msg) - len, ": %.*s",
			 (int)(sizeof(err->msg) - len - 3), inner);
	return -1;
}

int sb_exit_status(enum sb_code code)
{
	switch (code) {
	case SB_OK:
		return 0;
	case SB_EINPUT:
		return 2;
	case SB_EENV:
		return 3;
	case SB_EENGINE:
	case SB_EINTERNAL:
		return 4;
	case SB_EINTERRUPTED:
		return 130;
	}
	return 4;
}
