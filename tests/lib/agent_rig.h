/* SPDX-License-Identifier: MIT */
/* agent_rig.h - two namespaces, a wire, and node programs driven over their channel */
#ifndef SATBED_TESTS_NODE_RIG_H
#define SATBED_TESTS_NODE_RIG_H

#include <cjson/cJSON.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "satbed/base/lines.h"

#define SB_RIG_SERVER4 "198.18.1.1"
#define SB_RIG_CLIENT4 "198.18.1.2"
#define SB_RIG_SERVER6 "fd00:5a7b::1"
#define SB_RIG_CLIENT6 "fd00:5a7b::2"

/** struct sb_rig - net namespaces joined by a veth pair whose ends are both "eth0" */
struct sb_rig {
	int server_ns, client_ns;
};

/** sb_rig_open() - to be called after sb_test_enter_netns(); 0, or -1 with the reason on stderr */
int sb_rig_open(struct sb_rig *rig);
/** sb_rig_enter() - sb_test_enter_netns() and sb_rig_open(); 0, or what main() is to return */
int sb_rig_enter(struct sb_rig *rig);
void sb_rig_close(struct sb_rig *rig);

/**
 * struct sb_test_node - one running agent
 * @samples:	JSON array of the samples that came while other events were waited for
 */
struct sb_test_node {
	pid_t pid;
	int fd;
	struct sb_lines lines;
	cJSON *samples;
};

/** sb_test_node_path() - $SATBED_NODE, or satbed-agent in the build directory $O */
const char *sb_test_node_path(void);
/** sb_test_node_start() - run one in a net namespace; 0, or -1 with the reason on stderr */
int sb_test_node_start(struct sb_test_node *node, int netns_fd);
/** sb_test_node_send() - one line, printf-like, with ' for " and without the newline */
int sb_test_node_send(struct sb_test_node *node, const char *fmt, ...) SB_PRINTF(2, 3);
/**
 * sb_test_node_expect() - wait (up to half a minute) for an event
 *
 * Return: it, the caller's to cJSON_Delete(); NULL with the reason on stderr when another one (that
 * is no sample) or none comes
 */
cJSON *sb_test_node_expect(struct sb_test_node *node, const char *event);
/** sb_test_node_wait() - its exit status, or -1 after killing one that does not end; @use may be
 * NULL */
int sb_test_node_wait(struct sb_test_node *node, struct rusage *use);
/** sb_test_node_stop() - close the channel, wait, free all; the exit status or -1 */
int sb_test_node_stop(struct sb_test_node *node);

/** sb_test_num() - a number of an event; a missing one is said on stderr and gives -1 */
double sb_test_num(const cJSON *event, const char *key);
/** sb_test_str() - a string of an event, "" when it is null or missing */
const char *sb_test_str(const cJSON *event, const char *key);

#endif
