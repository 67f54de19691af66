/* SPDX-License-Identifier: MIT */
/* interop.h - interop flows; private to exec*.c */
#ifndef SATBED_RUN_INTEROP_H
#define SATBED_RUN_INTEROP_H

#include "run/exec/exec.h"

/** SB_INTEROP_UNSUPPORTED - exit status of an image that does not know the test case */
#define SB_INTEROP_UNSUPPORTED 127

/** sb_interop_prepare() - a certificate, and the server's files; 0 or -1 with @err */
int sb_interop_prepare(struct sb_run *run, size_t flow, struct sb_err *err);
/**
 * sb_interop_dress() - what the shell is to run, and its environment, into a "run" request
 *
 * Return: the text, the caller's to free
 */
char *sb_interop_dress(const struct sb_run *run, size_t flow, bool client, const char *command,
		       cJSON *request);
bool sb_interop_is_unsupported(const struct exec_end *e);
void sb_interop_outcome(const struct sb_run *run, size_t flow, struct sb_flow_outcome *out);

#endif
