/* SPDX-License-Identifier: MIT */
/* exec.h - the flows that are the user's own commands; private to exec*.c */
#ifndef SATBED_RUN_EXEC_H
#define SATBED_RUN_EXEC_H

#include <stdio.h>

#include "run/state.h"

/** struct exec_end - one command; times are CLOCK_MONOTONIC, 0 = not yet */
struct exec_end {
	bool started, ended, stopped;
	int status, signal;
	char *error;
	int64_t start_ns, end_ns, stop_ns;
	bool killed;
	FILE *log;
	char log_name[64];
	char tail[201];
	size_t logged, untaken; /* @untaken: bytes of output still to be acknowledged */
	int64_t taken_ns;
};

/** struct exec_file - one file for the nodes; @name: below the work directory */
struct exec_file {
	char *name, *data;
	size_t len;
	unsigned int mode;
};

struct exec_flow {
	struct exec_end server, client;
	struct exec_end setup[2]; /* on the server, on the client */
	struct exec_file *files;
	size_t file_count;
	char *certificate, *key; /* interop: PEM */
	int64_t intact
	    [SB_INTEROP_FILES]; /* interop: bytes of each file that are as they were served; -1 = no
					     such file */
};

/** struct sb_exec - @flows: as many as the plan has, of use for those of kind exec */
struct sb_exec {
	struct exec_flow *flows;
	bool over; /* everything is to end now */
};

static inline bool sb_is_exec(const struct sb_run *run, size_t flow)
{
	return run->plan->flows[flow].kind == SB_FLOW_EXEC;
}

/** sb_exec_end_of() - the flow's client, or its server */
static inline struct exec_end *sb_exec_end_of(struct sb_run *run, size_t flow, bool client)
{
	return client ? &run->exec->flows[flow].client : &run->exec->flows[flow].server;
}

/* exec.c */
/** sb_exec_open_log() - exec-FLOW-clientN@which.log in the run's directory */
int sb_exec_open_log(struct sb_run *run, size_t flow, struct exec_end *e, const char *which,
		     struct sb_err *err);
/** sb_exec_start_command() - @text by the shell of the flow's server or client, as command number @id */
int sb_exec_start_command(struct sb_run *run, size_t flow, bool client, struct exec_end *e,
			  int64_t id, const char *text, const char *user, struct sb_err *err);

/* exec_files.c */
int sb_exec_read_files(const struct sb_run *run, size_t flow, struct exec_flow *x,
		       struct sb_err *err);
int sb_exec_send_file(struct sb_run *run, int node, const struct exec_file *file,
		      struct sb_err *err);
int sb_exec_send_files(struct sb_run *run, size_t flow, struct sb_err *err);
void sb_exec_free_files(struct exec_flow *x);

#endif
