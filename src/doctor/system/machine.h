/* SPDX-License-Identifier: MIT */
/*
 * machine.h - the machine as the checks see it: files, environment, a person, programs
 *
 * Everything a check reads comes through here, so that a test can show it any machine: a directory
 * as root of the file system, an environment, answers of programs.  On such a machine nothing is
 * tried, only read.
 */
#ifndef SATBED_DOCTOR_MACHINE_H
#define SATBED_DOCTOR_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/**
 * sb_machine_run_fn - run a program and wait for it
 * @argv:	ends with NULL; the program is looked for in PATH
 * @out:	what it wrote to both of its outputs, at most 64 KiB, the caller's to free
 *
 * Return: its exit status; -1 when it could not be run, died or did not end in time (@out is then
 * NULL)
 */
typedef int sb_machine_run_fn(const char *const argv[], int timeout_ms, char **out);

/**
 * struct sb_machine - one machine and who asks
 * @root:	in front of every path; "" is this machine
 * @env:	"NAME=value", ends with NULL
 * @uid:	of the asking process
 * @person_uid, @person, @home: whose rootless engines are meant: the asking user, or who called
 *		sudo
 * @groups:	names of the groups that the person has in the database; ends with NULL
 * @session_groups: those that the asking process has; ends with NULL
 */
struct sb_machine {
	const char *root;
	const char *const *env;
	unsigned int uid, person_uid;
	const char *person, *home;
	const char *const *groups, *const *session_groups;
	sb_machine_run_fn *run;
};

/** sb_machine_here() - this machine; allocated once, never freed */
const struct sb_machine *sb_machine_here(void);
/** sb_machine_is_here() - may things be tried, or is it only a picture of a machine? */
bool sb_machine_is_here(const struct sb_machine *m);

const char *sb_machine_env(const struct sb_machine *m, const char *name); /* NULL: not set */
/** sb_machine_read() - a file of at most 1 MiB, without blanks at its end; NULL with errno */
char *sb_machine_read(const struct sb_machine *m, const char *path);
int sb_machine_stat(const struct sb_machine *m, const char *path, struct stat *st);
/** sb_machine_program() - where @name is in PATH or the administrator's folders; NULL: nowhere */
char *sb_machine_program(const struct sb_machine *m, const char *name);
/** sb_machine_user_name() - by the user database; the number in decimal when it knows none */
char *sb_machine_user_name(const struct sb_machine *m, unsigned int uid);
/** sb_machine_user_home() - NULL when the database does not know @uid */
char *sb_machine_user_home(const struct sb_machine *m, unsigned int uid);

/** sb_machine_has_group() - is the person a member of @name in the database? */
bool sb_machine_has_group(const struct sb_machine *m, const char *name);

char *sb_machine_kernel(const struct sb_machine *m); /* as `uname -r`; "" when not known */
/** sb_machine_kernel_is() - is it at least @major.@minor? */
bool sb_machine_kernel_is(const struct sb_machine *m, int major, int minor);
/** sb_machine_os() - a value of os-release, "ID" for example; "" when there is none */
char *sb_machine_os(const struct sb_machine *m, const char *key);
bool sb_machine_has_systemd(const struct sb_machine *m);

/**
 * enum sb_module - where a kernel module is
 * @SB_MODULE_UNKNOWN: this file system has no modules of the running kernel (a container)
 */
enum sb_module {
	SB_MODULE_LOADED,
	SB_MODULE_BUILTIN,
	SB_MODULE_ON_DISK,
	SB_MODULE_ABSENT,
	SB_MODULE_UNKNOWN
};
enum sb_module sb_machine_module(const struct sb_machine *m, const char *name);

#endif
