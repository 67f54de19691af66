/* SPDX-License-Identifier: MIT */
/* user.h - what the user-space backend offers beyond the table of backends */
#ifndef SATBED_LINK_USER_H
#define SATBED_LINK_USER_H

#include <stddef.h>
#include <stdint.h>

#include "link/queue/packet_log.h"
#include "satbed/link.h"

/** sb_user_packet_log() - sb_packet_log_read() of a running shaper of sb_link_user */
size_t sb_user_packet_log(struct sb_shaper *s, struct sb_packet_log_entry *out, size_t max,
			  uint64_t *written);

#endif
