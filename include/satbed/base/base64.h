/* SPDX-License-Identifier: MIT */
/* base64.h - bytes as printable text (RFC 4648, section 4, with padding), for the JSON channels */
#ifndef SATBED_BASE_BASE64_H
#define SATBED_BASE_BASE64_H

#include <stddef.h>
#include <sys/types.h>

/* Characters for @len bytes, without a NUL. */
#define SB_BASE64_LEN(len) (((len) + 2) / 3 * 4)

/**
 * sb_base64_encode() - @len bytes of @in as text
 * @out:	SB_BASE64_LEN(@len) + 1 bytes; ends in a NUL
 *
 * Return: the number of characters, without the NUL
 */
size_t sb_base64_encode(const void *in, size_t len, char *out);
/**
 * sb_base64_decode() - the bytes behind @len characters of @in
 * @out:	room for @len / 4 * 3 bytes; may be @in itself
 *
 * Return: how many bytes, or -1: not base64 (blanks, missing padding and stray bits included)
 */
ssize_t sb_base64_decode(const char *in, size_t len, void *out);

#endif
