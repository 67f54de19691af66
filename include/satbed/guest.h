/* SPDX-License-Identifier: MIT */
/*
 * guest.h - a User-Mode Linux guest on the virtual clock, in which a satbed runs
 *
 * The guest is a plain process: it needs no root, no namespaces and no device of the host.  Its
 * clock moves only when nothing is left to compute.  Its root is the host's files, read-only; /tmp,
 * /run and /dev are its own; one directory of the host is writable.  Process 1 is satbed itself
 * (guest_inside.h).  JSON lines come out of it, single bytes go in.
 */
#ifndef SATBED_GUEST_H
#define SATBED_GUEST_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "satbed/base/err.h"

struct sb_guest;

/* Bytes to the guest's process 1. */
#define SB_GUEST_INTERRUPT 'i' /* as Ctrl-C: report what was measured so far */
#define SB_GUEST_INSPECT   'w' /* answer with "computing": what runs right now */
#define SB_GUEST_STOP	   'k' /* kill what computes without waiting, then interrupt */

/**
 * struct sb_guest_options - how a guest is started
 * @kernel:	path of an executable built for the virtual clock
 * @seed:	of the guest's random numbers
 * @directory:	the one writable directory; a file is put there for process 1, which removes it
 * @request:	what process 1 is told
 * @memory_mib:	of the guest; only what it uses is taken from the host
 */
struct sb_guest_options {
	const char *kernel;
	uint64_t seed;
	const char *directory;
	const cJSON *request;
	unsigned int memory_mib;
};

/**
 * sb_guest_start() - boot
 * @out:	the caller's to sb_guest_end(); unset on failure
 *
 * The guest dies with the calling thread, whatever ends it.
 *
 * Return: 0, or -1 with @err (SB_EENV, SB_EINPUT)
 */
int sb_guest_start(const struct sb_guest_options *options, struct sb_guest **out,
		   struct sb_err *err);

/**
 * sb_guest_receive() - the next line from inside
 * @out:	the caller's to cJSON_Delete(); NULL unless 1 is returned
 *
 * Return: 1 a line, 0 none within the time (or a signal came), -1 with @err: the guest has ended;
 * its message has the console's last lines where it ended otherwise than by itself
 */
int sb_guest_receive(struct sb_guest *guest, int timeout_ms, cJSON **out, struct sb_err *err);

/**
 * sb_guest_out_of_memory() - did the guest's kernel kill a process for want of memory?
 *
 * Return: which, in its words; NULL = none
 */
const char *sb_guest_out_of_memory(const struct sb_guest *guest);

/** sb_guest_send() - one of SB_GUEST_*; a guest that does not read is not waited for */
void sb_guest_send(struct sb_guest *guest, char byte);

/** sb_guest_cpu_seconds() - processor time of all of the guest so far, in seconds */
double sb_guest_cpu_seconds(const struct sb_guest *guest);

/** sb_guest_end() - kill what is left of it; NULL is fine */
void sb_guest_end(struct sb_guest *guest);

#endif
