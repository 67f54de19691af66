/* SPDX-License-Identifier: MIT */
/* daemon_strict.h - what cJSON reads and Go's parser, which is dockerd's, does not */
#ifndef SATBED_DOCTOR_DAEMON_STRICT_H
#define SATBED_DOCTOR_DAEMON_STRICT_H

/**
 * sb_daemon_strict() - the first of it in a value that cJSON has read
 * @text, @end:	the value, from its first character to behind its last
 * @what:	why, as words
 *
 * Control characters in a string or as white space, and numbers that JSON has not (RFC 8259, 2, 6 and 7);
 * also numbers with a fraction or an exponent, since all of dockerd's are whole and Go decodes no 1500.0
 * into such a one.
 *
 * Return: where it is; NULL: nowhere
 */
const char *sb_daemon_strict(const char *text, const char *end, const char **what);

#endif
