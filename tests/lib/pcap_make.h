/* SPDX-License-Identifier: MIT */
/* pcap_make.h - made captures for tests of analysis: frames, both ends of a link, a plan to go with
 * them */
#ifndef SATBED_TESTS_PCAP_MAKE_H
#define SATBED_TESTS_PCAP_MAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/analysis.h"

/** struct sb_make - one capture being made; records are sorted by time when it is finished */
struct sb_make {
	bool swapped, micro;
	uint32_t snaplen;
	struct sb_make_record *records;
	size_t count, room;
};

void sb_make_frame(struct sb_make *m, int64_t t_ns, const uint8_t *bytes, uint32_t len,
		   uint32_t wire_len);
/** sb_make_finish() - the file's bytes, the caller's to free; @m is empty again */
uint8_t *sb_make_finish(struct sb_make *m, size_t *len);
/** sb_make_path() - put bytes into an unnamed file; returns a path to it, the caller's to free */
char *sb_make_path(const uint8_t *bytes, size_t len);

/**
 * struct sb_segment_spec - a TCP segment or UDP datagram
 * @udp:	else TCP
 * @v6:		else IPv4; @extension: an IPv6 destination options header before it; @vlan: tagged
 * @mss, @window_scale: 0 = no option
 * @ts:		timestamp option with these values, when either is not 0
 * @payload:	length of the payload
 */
struct sb_segment_spec {
	enum sb_dir dir;
	bool udp, v6, extension, vlan, sack;
	uint16_t client_port, server_port, id, window, mss;
	uint8_t flags, ttl, window_scale;
	uint32_t seq, ack, payload, ts_value, ts_echo;
};

#define SB_MAKE_FRAME_MAX 66000
/** sb_make_segment() - the frame between the endpoints of @link; returns its length */
uint32_t sb_make_segment(uint8_t frame[SB_MAKE_FRAME_MAX], const struct sb_link *link,
			 const struct sb_segment_spec *s);

/**
 * struct sb_world - a plan with one link, and both its captures
 *
 * 20 ms up and down, unlimited rate, no loss, one bulk flow up on port 5201 and one stream down on
 * port 5202, from START_NS for 60 s; change it before analysing.
 */
struct sb_world {
	struct sb_plan plan;
	struct sb_link link;
	struct sb_flow flows[2];
	struct sb_step steps[16];
	int64_t lateness_ns[16];
	struct sb_flow_report reports[2];
	struct sb_link_counters counters[2];
	struct sb_link_capture files;
	struct sb_analysis_input in;
	struct sb_make client, server, other_leg;
};

#define SB_WORLD_START_NS INT64_C(1700000000000000000)
#define SB_WORLD_MS(ms)	  (SB_WORLD_START_NS + (int64_t)((ms)*1e6))

void sb_world_init(struct sb_world *w);
/** sb_world_send() - one packet at @t_ns, seen after the link @delay_ns later (negative: lost) */
void sb_world_send(struct sb_world *w, int64_t t_ns, int64_t delay_ns,
		   const struct sb_segment_spec *s);
/** sb_world_arrive() - one packet seen after the link only */
void sb_world_arrive(struct sb_world *w, int64_t t_ns, const struct sb_segment_spec *s);
/** sb_world_put() - one packet in one capture, as it looks there: between the endpoints of @as */
void sb_world_put(struct sb_world *w, enum sb_point point, int64_t t_ns, const struct sb_link *as,
		  const struct sb_segment_spec *s);
/** sb_world_step() - one more step of the timeline */
void sb_world_step(struct sb_world *w, int64_t at_ns, enum sb_dir dir,
		   const struct sb_link_state *state);
/** sb_world_analyse() - finish both captures and analyse; the result is the caller's to free */
struct sb_result *sb_world_analyse(struct sb_world *w);
/** sb_worlds_analyse() - the same of several links in one plan, which but for them is the first's
 */
struct sb_result *sb_worlds_analyse(struct sb_world *const *worlds, size_t count);
/** sb_has_reason() - does a reason of the result contain @text? */
bool sb_has_reason(const struct sb_reasons *reasons, const char *text);

#endif
