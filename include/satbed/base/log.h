/* SPDX-License-Identifier: MIT */
/* log.h - messages for people on stderr: error, warn, info, debug */
#ifndef SATBED_BASE_LOG_H
#define SATBED_BASE_LOG_H

#include "satbed/base/err.h"

/* error = the run is affected; warn = the result may be; info = phase changes; debug = decisions.
 * Nothing is logged per packet. */
enum sb_log_level { SB_LOG_ERROR, SB_LOG_WARN, SB_LOG_INFO, SB_LOG_DEBUG };

void sb_log_set_level(enum sb_log_level level);
enum sb_log_level sb_log_level(void);

/** sb_log() - one line, without its newline: "satbed: warning: ..." */
void sb_log(enum sb_log_level level, const char *fmt, ...) SB_PRINTF(2, 3);

/** sb_log_line() - a line that another process has written already, without its newline */
void sb_log_line(const char *text);

/** sb_log_set_sink() - lines (with their newline) go there and not to stderr; NULL = to stderr */
void sb_log_set_sink(void (*sink)(void *arg, const char *line), void *arg);

#define sb_error(...) sb_log(SB_LOG_ERROR, __VA_ARGS__)
#define sb_warn(...)  sb_log(SB_LOG_WARN, __VA_ARGS__)
#define sb_info(...)  sb_log(SB_LOG_INFO, __VA_ARGS__)
#define sb_debug(...) sb_log(SB_LOG_DEBUG, __VA_ARGS__)

#endif
