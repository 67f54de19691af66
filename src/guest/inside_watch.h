/* SPDX-License-Identifier: MIT */
/* inside_watch.h - who computes in a guest whose time stands still; private to src/guest */
#ifndef SATBED_GUEST_INSIDE_WATCH_H
#define SATBED_GUEST_INSIDE_WATCH_H

#include <cjson/cJSON.h>
#include <sys/types.h>

/** sb_inside_be_heard() - let this process get the processor when the serial line has a byte, even
 * while a program computes without end */
void sb_inside_be_heard(void);
/**
 * sb_inside_computing() - {"ev":"computing","mono_ns":..,"processes":[{"pid":..,"name":..,
 * "node":..}]}: all that could run now, but this process; @node is the host name of its namespace
 */
cJSON *sb_inside_computing(void);
/** sb_inside_kill_computing() - SIGKILL to those of them that are not satbed's, nor @spared */
void sb_inside_kill_computing(pid_t spared);

#endif
