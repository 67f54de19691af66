/* SPDX-License-Identifier: MIT */
/* testbed_page.h - a testbed's page: its links as they are, and buttons that change them; private to
 * src/supervisor */
#ifndef SATBED_SUPERVISOR_TESTBED_PAGE_H
#define SATBED_SUPERVISOR_TESTBED_PAGE_H

#include "supervisor_state.h"

/* All but sb_testbed_page_open() do nothing where no page is served (sb_keep_request.serve). */

/** sb_testbed_page_open() - listen, before there is a testbed; 0 or -1 with @err */
int sb_testbed_page_open(struct sb_supervisor *k, struct sb_err *err);
/** sb_testbed_page_url() - NULL where none is served */
const char *sb_testbed_page_url(const struct sb_supervisor *k);
/** sb_testbed_page_fd() - to be polled; -1 where none is served */
int sb_testbed_page_fd(const struct sb_supervisor *k);
/** sb_testbed_page_due_ns() - when sb_testbed_page_serve() has something to do at the latest;
 * INT64_MAX = nothing */
int64_t sb_testbed_page_due_ns(const struct sb_supervisor *k);
/** sb_testbed_page_serve() - answer browsers; while one looks, ask the emulator once a second */
void sb_testbed_page_serve(struct sb_supervisor *k);
/** sb_testbed_page_answer() - the emulator's answer to a question of the page */
void sb_testbed_page_answer(struct sb_supervisor *k, const struct sb_asked *a, const cJSON *event);
/** sb_testbed_page_close() - pages that are open are told */
void sb_testbed_page_close(struct sb_supervisor *k);

#endif
