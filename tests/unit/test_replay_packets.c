// SPDX-License-Identifier: MIT
/* test_replay_packets.c - captures become frames of the testbed: who is who, addresses, sums, times
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pcap_make.h"
#include "satbed/agent_proto.h"
#include "satbed/pcap.h"
#include "satbed/replay.h"

#define MTU 1500

static struct sb_world world; /* addresses of the capture */
static struct sb_link bed;    /* of the testbed */

static int set_up(void **state)
{
	(void)state;
	sb_world_init(&world);
	bed = world.link;
	inet_pton(AF_INET, "203.0.113.9", &bed.client.addr4);
	inet_pton(AF_INET, "203.0.113.1", &bed.server.addr4);
	inet_pton(AF_INET6, "2001:db8:ffff::9", &bed.client.addr6);
	inet_pton(AF_INET6, "2001:db8:ffff::1", &bed.server.addr6);
	memcpy(bed.client.mac, "\x02\xaa\x00\x00\x00\x09", 6);
	memcpy(bed.server.mac, "\x02\xaa\x00\x00\x00\x01", 6);
	return 0;
}

static struct sb_segment_spec tcp(enum sb_dir dir, uint8_t flags, uint32_t seq, uint32_t payload)
{
	return (struct sb_segment_spec){.dir = dir,
					.client_port = 40000,
					.server_port = 80,
					.flags = flags,
					.seq = seq,
					.payload = payload,
					.window = 1000,
					.id = 7};
}

static struct sb_segment_spec udp(enum sb_dir dir, uint32_t payload)
{
	return (struct sb_segment_spec){
	    .dir = dir, .udp = true, .client_port = 5000, .server_port = 5001, .payload = payload};
}

static void put(struct sb_make *m, int64_t us, const struct sb_segment_spec *s)
{
	static uint8_t frame[SB_MAKE_FRAME_MAX];
	uint32_t len = sb_make_segment(frame, &world.link, s);
	uint32_t kept = m->snaplen && m->snaplen < len ? m->snaplen : len;

	sb_make_frame(m, SB_WORLD_START_NS + us * 1000, frame, kept, len);
}

static struct sb_replay *read_made(struct sb_make *m, const struct sb_replay_options *o)
{
	struct sb_replay *r = NULL;
	struct sb_err err = {0};
	size_t len;
	uint8_t *bytes = sb_make_finish(m, &len);
	char *path = sb_make_path(bytes, len);

	if (sb_replay_read(path, o, &r, &err))
		fail_msg("%s", err.msg);
	free(path);
	free(bytes);
	return r;
}

static const struct sb_replay_options plain = {.speed_permille = 1000};

struct frame {
	struct sb_node_packet head;
	uint8_t bytes[SB_NODE_FRAME_MAX];
};

/* The n-th frame of the file, with the zeros that the node adds. */
static void frame_at(const struct sb_replay_frames *f, size_t n, struct frame *out)
{
	const uint8_t *at = f->file + sizeof(struct sb_node_packets_head);

	assert_true(n < f->count);
	for (;;) {
		memcpy(&out->head, at, sizeof(out->head));
		if (!n--)
			break;
		at += sizeof(out->head) + (out->head.stored + 7u) / 8 * 8;
	}
	memset(out->bytes, 0, sizeof(out->bytes));
	memcpy(out->bytes, at + sizeof(out->head), out->head.stored);
}

static uint32_t ones(const uint8_t *p, uint32_t len, uint32_t sum)
{
	for (uint32_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* A receiver's check (RFC 1071): everything, sums included, adds up to all ones. */
static void check_sums(const struct frame *f)
{
	const uint8_t *ip = f->bytes + 14;
	int v6 = ip[0] >> 4 == 6;
	uint32_t l4 = v6 ? 40 : 20, len = f->head.len - 14;
	uint8_t proto = ip[v6 ? 6 : 9];
	uint32_t sum;

	if (!v6) {
		assert_int_equal(ones(ip, 20, 0), 0xffff);
		assert_int_equal(ip[2] << 8 | ip[3], len);
	}
	if (v6 && proto == 60) {
		proto = ip[40];
		l4 = 48;
	}
	sum = ones(ip + (v6 ? 8 : 12), v6 ? 32 : 8, proto + (len - l4));
	assert_int_equal(ones(ip + l4, len - l4, sum), 0xffff);
}

static void check_ends(const struct frame *f, enum sb_dir dir)
{
	const struct sb_endpoint *from = dir == SB_UP ? &bed.client : &bed.server;
	const struct sb_endpoint *to = dir == SB_UP ? &bed.server : &bed.client;
	const uint8_t *ip = f->bytes + 14;

	assert_memory_equal(f->bytes + 6, from->mac, 6);
	/* Not the node's own: its kernel must not answer. */
	assert_memory_not_equal(f->bytes, to->mac, 6);
	assert_memory_not_equal(f->bytes, from->mac, 6);
	assert_int_equal(f->bytes[0] & 1, 0);
	if (ip[0] >> 4 == 6) {
		assert_memory_equal(ip + 8, &from->addr6, 16);
		assert_memory_equal(ip + 24, &to->addr6, 16);
	} else {
		assert_memory_equal(ip + 12, &from->addr4, 4);
		assert_memory_equal(ip + 16, &to->addr4, 4);
	}
}

static void test_who_is_the_client_and_what_becomes_of_addresses_and_sums(void **state)
{
	struct sb_segment_spec s[] = {tcp(SB_UP, 0x02, 1, 0), tcp(SB_DOWN, 0x12, 9, 0),
				      tcp(SB_UP, 0x10, 2, 0), tcp(SB_DOWN, 0x18, 10, 1),
				      udp(SB_UP, 0),	      udp(SB_DOWN, 1401),
				      udp(SB_UP, 33)};
	enum sb_dir dirs[] = {SB_UP, SB_DOWN, SB_UP, SB_DOWN, SB_UP, SB_DOWN, SB_UP};
	static struct frame f;

	(void)state;
	for (int v6 = 0; v6 < 3; v6++) {
		struct sb_make m = {0};
		struct sb_replay *r;
		struct sb_replay_frames out[2];
		size_t n[2] = {0, 0};

		for (size_t i = 0; i < 7; i++) {
			s[i].v6 = v6;
			s[i].extension = v6 == 2;
			s[i].vlan = i == 3;
			put(&m, (int64_t)i * 1000, &s[i]);
		}
		r = read_made(&m, &plain);
		assert_int_equal(r->count, 7);
		assert_int_equal(r->duration_ns, 6000000);
		assert_string_equal(r->pivot[!!v6], v6 ? "fd5a:1::2" : "198.18.1.2");
		assert_string_equal(r->pivot[!v6], "");
		for (int dir = 0; dir < 2; dir++)
			sb_replay_rewrite(r, &bed, dir, MTU, &out[dir]);
		for (size_t i = 0; i < 7; i++) {
			frame_at(&out[dirs[i]], n[dirs[i]]++, &f);
			assert_int_equal(f.head.at_ns, i * 1000000);
			check_ends(&f, dirs[i]);
			/* The made UDP has no sum, which only IPv4 allows: it keeps none there. */
			if (!s[i].udp || v6)
				check_sums(&f);
		}
		assert_int_equal(out[SB_UP].count, 4);
		assert_int_equal(out[SB_DOWN].count, 3);
		sb_replay_frames_fini(&out[SB_UP]);
		sb_replay_frames_fini(&out[SB_DOWN]);
		sb_replay_free(r);
	}
}

static void test_a_capture_at_the_server_is_understood_too(void **state)
{
	struct sb_make m = {0};
	struct sb_segment_spec s;
	struct sb_replay *r;

	(void)state;
	/* Two clients, so that the server has the most packets; the second's address is changed. */
	for (int i = 0; i < 2; i++) {
		inet_pton(AF_INET, i ? "198.18.1.77" : "198.18.1.2", &world.link.client.addr4);
		s = tcp(SB_UP, 0x02, 1, 0);
		put(&m, i, &s);
		s = tcp(SB_DOWN, 0x12, 1, 0);
		put(&m, 10 + i, &s);
	}
	r = read_made(&m, &plain);
	assert_string_equal(r->pivot[0], "198.18.1.1");
	assert_true(r->is_server[0]);
	assert_int_equal(r->count, 4);
	assert_int_equal(r->packets[0].dir, SB_UP);
	assert_int_equal(r->packets[2].dir, SB_DOWN);
	sb_replay_free(r);
}

static void test_the_client_that_is_named_counts(void **state)
{
	struct sb_make m = {0};
	struct sb_segment_spec s = tcp(SB_UP, 0x02, 1, 0);
	struct sb_replay_options o = {.client = "198.18.1.1", .speed_permille = 1000};
	struct sb_replay *r = NULL;
	struct sb_err err = {0};

	(void)state;
	put(&m, 0, &s);
	r = read_made(&m, &o);
	assert_int_equal(r->packets[0].dir, SB_DOWN);
	sb_replay_free(r);
	r = NULL;
	o.client = "wiki";
	assert_int_equal(sb_replay_read("/dev/null", &o, &r, &err), -1);
	assert_null(r);
}

static void test_what_was_not_captured_is_zeros_and_the_sums_say_so(void **state)
{
	struct sb_make m = {.snaplen = 77};
	struct sb_segment_spec s = tcp(SB_UP, 0x18, 5, 1000);
	struct sb_replay_frames out;
	struct sb_replay *r;
	static struct frame f;

	(void)state;
	put(&m, 0, &s);
	r = read_made(&m, &plain);
	assert_int_equal(r->truncated, 1);
	sb_replay_rewrite(r, &bed, SB_UP, MTU, &out);
	frame_at(&out, 0, &f);
	assert_int_equal(f.head.len, 14 + 20 + 20 + 1000);
	assert_int_equal(f.head.stored, 77);
	check_sums(&f);
	sb_replay_frames_fini(&out);
	sb_replay_free(r);
}

static void test_what_offload_had_yet_to_cut_is_cut(void **state)
{
	struct sb_make m = {0};
	struct sb_segment_spec s = tcp(SB_DOWN, 0x19, 1000, 4000), syn = tcp(SB_UP, 0x02, 1, 0);
	struct sb_segment_spec big = udp(SB_DOWN, 3000);
	uint32_t sizes[] = {1460, 1460, 1080}, seq = 1000;
	struct sb_replay_frames out;
	struct sb_replay *r;
	static struct frame f;

	(void)state;
	put(&m, 0, &syn);
	put(&m, 1, &s);
	put(&m, 2, &big);
	r = read_made(&m, &plain);
	sb_replay_rewrite(r, &bed, SB_DOWN, MTU, &out);
	assert_int_equal(out.cut, 1);
	assert_int_equal(out.too_long, 1);
	assert_int_equal(out.count, 3);
	for (size_t i = 0; i < 3; i++) {
		uint32_t got;

		frame_at(&out, i, &f);
		check_sums(&f);
		check_ends(&f, SB_DOWN);
		assert_int_equal(f.head.len, 54 + sizes[i]);
		memcpy(&got, f.bytes + 38, 4);
		assert_int_equal(ntohl(got), seq);
		assert_int_equal(f.bytes[47], i == 2 ? 0x19 : 0x10);
		assert_int_equal(f.bytes[18] << 8 | f.bytes[19], 7 + i);
		seq += sizes[i];
	}
	sb_replay_frames_fini(&out);
	sb_replay_free(r);
}

/* What offload has yet to cut may be longer than its own header can say: IPv4 says 0 then, IPv6 0 and
 * an option that is not for the wire. */
static void test_longer_than_a_header_can_say_is_cut(void **state)
{
	static const uint8_t jumbo[8] = {6, 0, 0xc2, 4, 0, 1, 0x38, 0x94};
	static uint8_t small[SB_MAKE_FRAME_MAX], big[14 + 48 + 20 + 80000];

	(void)state;
	for (int form = 0; form < 3; form++) {
		bool v6 = form > 0, option = form == 2;
		struct sb_segment_spec s = tcp(SB_UP, 0x18, 1000, 1);
		uint32_t ip = v6 ? 40 : 20, headers = 14 + ip + 20 + (option ? 8 : 0), seq = 1000;
		struct sb_make m = {.snaplen = SB_FRAME_MAX};
		struct sb_replay_frames out;
		struct sb_replay *r;
		static struct frame f;
		uint32_t total = 0;

		s.v6 = v6;
		sb_make_segment(small, &world.link, &s);
		memset(big, 'x', sizeof(big));
		memcpy(big, small, 14 + ip);
		memcpy(big + headers - 20, small + 14 + ip, 20);
		big[v6 ? 18 : 16] = big[v6 ? 19 : 17] = 0;
		if (option) {
			memcpy(big + 14 + 40, jumbo, sizeof(jumbo));
			big[20] = 0;
		}
		sb_make_frame(&m, SB_WORLD_START_NS, big, headers + 80000, headers + 80000);
		r = read_made(&m, &plain);
		sb_replay_rewrite(r, &bed, SB_UP, MTU, &out);
		assert_int_equal(out.too_short, 0);
		assert_int_equal(out.cut, 1);
		assert_int_equal(out.count, (80000 + MTU - ip - 21) / (MTU - ip - 20));
		for (size_t i = 0; i < out.count; i++) {
			uint32_t got;

			frame_at(&out, i, &f);
			check_sums(&f);
			check_ends(&f, SB_UP);
			memcpy(&got, f.bytes + 14 + ip + 4, 4);
			assert_int_equal(ntohl(got), seq + total);
			total += f.head.len - 14 - ip - 20;
		}
		assert_int_equal(total, 80000);
		sb_replay_frames_fini(&out);
		sb_replay_free(r);
	}
}

/* The sum of a fragmented datagram is over all its fragments: it must come out right after them. */
static void test_a_first_fragment_keeps_a_sum_that_fits_the_whole(void **state)
{
	static uint8_t whole[SB_MAKE_FRAME_MAX];
	struct sb_segment_spec s = udp(SB_UP, 1000);
	struct sb_make m = {0};
	struct sb_replay_frames out;
	struct sb_replay *r;
	static struct frame f;
	uint32_t len, sum;

	(void)state;
	len = sb_make_segment(whole, &world.link, &s);
	sum = (uint16_t)~ones(whole + 34, len - 34, ones(whole + 26, 8, 17 + (len - 34)));
	whole[40] = (uint8_t)(sum >> 8);
	whole[41] = (uint8_t)sum;
	whole[20] = 0x20; /* more to come */
	whole[16] = 0;
	whole[17] = 20 + 200;
	sb_make_frame(&m, SB_WORLD_START_NS, whole, 14 + 20 + 200, 14 + 20 + 200);
	r = read_made(&m, &plain);
	sb_replay_rewrite(r, &bed, SB_UP, MTU, &out);
	frame_at(&out, 0, &f);
	assert_int_equal(ones(f.bytes + 14, 20, 0), 0xffff);
	memcpy(whole + 26, f.bytes + 26, 8);
	memcpy(whole + 40, f.bytes + 40, 2);
	assert_int_equal(ones(whole + 34, len - 34, ones(whole + 26, 8, 17 + (len - 34))), 0xffff);
	sb_replay_frames_fini(&out);
	sb_replay_free(r);
}

static void test_speed_and_time_that_runs_backwards(void **state)
{
	static const struct {
		struct sb_replay_options o;
		int64_t at_ns[3];
	} cases[] = {{{.speed_permille = 1000}, {0, 3000000, 3000000}},
		     {{.speed_permille = 2000}, {0, 1500000, 1500000}},
		     {{.speed_permille = 500}, {0, 6000000, 6000000}},
		     {{.speed_permille = 1000, .top_speed = true}, {0, 0, 0}}};

	(void)state;
	for (size_t c = 0; c < 4; c++) {
		static const uint8_t arp[60] = {[12] = 8, [13] = 6};
		/* Two captures one after the other: the made file is in order of time. */
		struct sb_make m = {0};
		struct sb_segment_spec s = udp(SB_UP, 10);
		struct sb_replay *r;
		uint8_t *bytes;
		size_t len, record;
		struct sb_err err = {0};
		char *path;

		sb_make_frame(&m, SB_WORLD_START_NS, arp, 60, 60);
		put(&m, 1000, &s);
		put(&m, 2000, &s);
		put(&m, 4000, &s);
		bytes = sb_make_finish(&m, &len);
		record = (len - 24 - 16 - 60) / 3;
		/* The last two change places. */
		{
			uint8_t *last = malloc(record);

			assert_non_null(last);
			memcpy(last, bytes + len - record, record);
			memmove(bytes + len - record, bytes + len - 2 * record, record);
			memcpy(bytes + len - 2 * record, last, record);
			free(last);
		}
		path = sb_make_path(bytes, len);
		assert_int_equal(sb_replay_read(path, &cases[c].o, &r, &err), 0);
		assert_int_equal(r->count, 3);
		assert_int_equal(r->backwards, 1);
		assert_int_equal(r->not_ip, 1);
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(r->packets[i].at_ns, cases[c].at_ns[i]);
		sb_replay_free(r);
		free(path);
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_who_is_the_client_and_what_becomes_of_addresses_and_sums,
				   set_up),
	    cmocka_unit_test_setup(test_a_capture_at_the_server_is_understood_too, set_up),
	    cmocka_unit_test_setup(test_the_client_that_is_named_counts, set_up),
	    cmocka_unit_test_setup(test_what_was_not_captured_is_zeros_and_the_sums_say_so, set_up),
	    cmocka_unit_test_setup(test_what_offload_had_yet_to_cut_is_cut, set_up),
	    cmocka_unit_test_setup(test_longer_than_a_header_can_say_is_cut, set_up),
	    cmocka_unit_test_setup(test_a_first_fragment_keeps_a_sum_that_fits_the_whole, set_up),
	    cmocka_unit_test_setup(test_speed_and_time_that_runs_backwards, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
