/* SPDX-License-Identifier: MIT */
/* workdir.h - a directory of a native node's own, and a /dev/pts where it lacks one */
#ifndef SATBED_ENGINE_WORKDIR_H
#define SATBED_ENGINE_WORKDIR_H

/**
 * sb_ns_workdir() - mount a tmpfs over an empty directory that every system has
 *
 * In the mount namespace of the caller alone: the machine's own directory stays as it is.
 *
 * Return: its path, or NULL: no directory known to be for mounting is empty here
 */
const char *sb_ns_workdir(void);
/** sb_ns_terminals() - make sure that a terminal can be made; what fails is said when one is asked
 * for
 */
void sb_ns_terminals(void);

#endif
