/* SPDX-License-Identifier: MIT */
/* tun_wire.h - a wire between two namespaces that loses, repeats and swaps exactly the packets it
 * is told to */
#ifndef SATBED_TESTS_TUN_WIRE_H
#define SATBED_TESTS_TUN_WIRE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SB_WIRE_SERVER4 "198.18.2.1"
#define SB_WIRE_CLIENT4 "198.18.2.2"

enum sb_fate {
	SB_FATE_PASS,
	SB_FATE_DROP,
	SB_FATE_TWICE,
	SB_FATE_HOLD, /* goes after the next packet of its direction */
};

/** sb_wire_judge() - called by the wire's own thread for each IP packet; @up: client to server */
typedef enum sb_fate sb_wire_judge(void *arg, bool up, const uint8_t *packet, size_t len);

/**
 * struct sb_wire - TUN interfaces "tun0" in two namespaces and a thread that carries packets across
 * @fd:	of the server's and the client's
 */
struct sb_wire {
	int fd[2], stop_fd;
	pthread_t thread;
	sb_wire_judge *judge;
	void *arg;
	uint8_t held[2][2048];
	size_t held_len[2];
};

/** sb_wire_open() - 0, 1 where this user may not have a TUN, or -1; both with the reason on stderr
 */
int sb_wire_open(struct sb_wire *wire, int server_ns, int client_ns, sb_wire_judge *judge,
		 void *arg);
/** sb_wire_close() - end the thread, remove the interfaces; afterwards @arg can be read safely */
void sb_wire_close(struct sb_wire *wire);

#endif
