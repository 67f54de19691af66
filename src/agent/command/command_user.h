/* SPDX-License-Identifier: MIT */
/* command_user.h - another user for a command, as this node's files name it */
#ifndef SATBED_AGENT_COMMAND_USER_H
#define SATBED_AGENT_COMMAND_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct sb_command_user - @name, @home: "" when only numbers are known */
struct sb_command_user {
	uint32_t uid, gid;
	char name[64], home[256];
};

/**
 * sb_command_user_find() - "NAME", "UID" or "UID:GID" in the text of a passwd(5) file
 * @passwd:	not trusted; NULL = there is no such file
 *
 * A number without a group has that of its user, or the same number where nobody has it.
 *
 * Return: false: there is no such user
 */
bool sb_command_user_find(const char *word, const char *passwd, struct sb_command_user *out);

#endif
