// SPDX-License-Identifier: MIT
/* test_pcap.c - pcapng in all its forms, link types, and files that end or lie */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pcap_make.h"
#include "satbed/base/mem.h"
#include "satbed/base/rng.h"
#include "satbed/pcap_decode.h"

#define T0 INT64_C(1700000000123456789)

/** struct file - a pcapng file being made, in either byte order */
struct file {
	bool swapped;
	uint8_t bytes[1u << 20];
	size_t len;
};

static void put16(struct file *f, uint16_t v)
{
	if (f->swapped)
		v = __builtin_bswap16(v);
	memcpy(f->bytes + f->len, &v, 2);
	f->len += 2;
}

static void put32(struct file *f, uint32_t v)
{
	if (f->swapped)
		v = __builtin_bswap32(v);
	memcpy(f->bytes + f->len, &v, 4);
	f->len += 4;
}

static void put64(struct file *f, uint64_t v)
{
	if (f->swapped)
		v = __builtin_bswap64(v);
	memcpy(f->bytes + f->len, &v, 8);
	f->len += 8;
}

static void put_bytes(struct file *f, const void *bytes, uint32_t n)
{
	memcpy(f->bytes + f->len, bytes, n);
	memset(f->bytes + f->len + n, 0, 3);
	f->len += (n + 3u) & ~3u;
}

static size_t begin_block(struct file *f, uint32_t type)
{
	size_t at = f->len;

	put32(f, type);
	put32(f, 0);
	return at;
}

static void end_block(struct file *f, size_t at)
{
	size_t end = f->len + 4;

	put32(f, (uint32_t)(end - at));
	memcpy(f->bytes + at + 4, f->bytes + f->len - 4, 4);
}

static void add_section(struct file *f)
{
	size_t at = begin_block(f, 0x0a0d0d0a);

	put32(f, 0x1a2b3c4d);
	put16(f, 1);
	put16(f, 0);
	put64(f, UINT64_MAX);
	end_block(f, at);
}

/* @resolution: -1 = none given, which means microseconds. */
static void add_interface(struct file *f, uint16_t linktype, uint32_t snaplen, int resolution,
			  int64_t offset_s)
{
	size_t at = begin_block(f, 1);

	put16(f, linktype);
	put16(f, 0);
	put32(f, snaplen);
	if (resolution >= 0) {
		uint8_t v = (uint8_t)resolution;

		put16(f, 9);
		put16(f, 1);
		put_bytes(f, &v, 1);
	}
	if (offset_s) {
		put16(f, 14);
		put16(f, 8);
		put64(f, (uint64_t)offset_s);
	}
	put32(f, 0);
	end_block(f, at);
}

static void add_packet(struct file *f, uint32_t face, uint64_t ticks, uint32_t cap_len,
		       uint32_t wire_len)
{
	static const uint8_t bytes[2000] = {1, 2, 3};
	size_t at = begin_block(f, 6);

	put32(f, face);
	put32(f, (uint32_t)(ticks >> 32));
	put32(f, (uint32_t)ticks);
	put32(f, cap_len);
	put32(f, wire_len);
	put_bytes(f, bytes, cap_len);
	end_block(f, at);
}

/* The older forms' sibling without time, interface and captured length. */
static void add_simple(struct file *f, uint32_t len)
{
	static const uint8_t bytes[2000] = {4, 5, 6};
	size_t at = begin_block(f, 3);

	put32(f, len);
	put_bytes(f, bytes, len);
	end_block(f, at);
}

static void add_drops(struct file *f, uint32_t face, uint64_t drops)
{
	size_t at = begin_block(f, 5);

	put32(f, face);
	put64(f, 0);
	put16(f, 5);
	put16(f, 8);
	put64(f, drops);
	put32(f, 0);
	end_block(f, at);
}

static struct file *new_file(bool swapped)
{
	struct file *f = sb_alloc(1, sizeof(*f));

	f->swapped = swapped;
	add_section(f);
	return f;
}

/* The same instant by four clocks, in both byte orders; a second section in the other order. */
static void reads_every_clock(void **state)
{
	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		struct file *f = new_file(swapped);
		struct sb_err err = {0};
		struct sb_pcap *w;
		struct sb_frame frame;
		static const int64_t expected[] = {T0, T0 / 1000 * 1000,
						   T0 / 1000000000 * 1000000000, T0,
						   T0 / 1000000000 * 1000000000 + 500000000};

		add_interface(f, 1, 0, 9, 0);
		add_interface(f, 1, 128, -1, 0);
		add_interface(f, 113, 96, 0, 0);
		add_interface(f, 101, 96, 9, 1700000000);
		add_interface(f, 1, 96, 0x81, 0);
		add_packet(f, 0, (uint64_t)T0, 61, 1514);
		add_packet(f, 1, (uint64_t)T0 / 1000, 62, 62);
		add_packet(f, 2, (uint64_t)T0 / 1000000000, 63, 63);
		add_packet(f, 3, 123456789, 64, 64);
		add_packet(f, 4, UINT64_C(3400000001), 65, 65);
		f->swapped = !f->swapped;
		add_section(f);
		add_interface(f, 276, 64, 9, 0);
		add_packet(f, 0, (uint64_t)T0, 7, 8);
		assert_int_equal(sb_pcap_open_memory(f->bytes, f->len, &w, &err), 0);
		for (uint32_t i = 0; i < 5; i++) {
			static const uint16_t linktypes[] = {1, 1, 113, 101, 1};

			assert_true(sb_pcap_next(w, &frame));
			assert_int_equal(frame.t_ns, expected[i]);
			assert_int_equal(frame.cap_len, 61 + i);
			assert_int_equal(frame.wire_len, i ? 61 + i : 1514);
			assert_int_equal(frame.linktype, linktypes[i]);
			assert_int_equal(frame.interface, i);
			assert_int_equal(frame.data[2], 3);
		}
		assert_true(sb_pcap_next(w, &frame));
		assert_int_equal(frame.linktype, 276);
		assert_int_equal(frame.t_ns, T0);
		assert_false(sb_pcap_next(w, &frame));
		assert_string_equal(sb_pcap_facts(w)->damage, "");
		assert_int_equal(sb_pcap_facts(w)->interfaces, 6);
		assert_int_equal(sb_pcap_facts(w)->position, f->len);
		sb_pcap_close(w);
		free(f);
	}
}

/* Statistics count from the start of the capture; each interface has its own. */
static void adds_up_what_was_missed(void **state)
{
	struct file *f = new_file(false);
	struct sb_err err = {0};
	struct sb_frame frame;
	struct sb_pcap *w;

	(void)state;
	add_interface(f, 1, 0, 9, 0);
	add_interface(f, 1, 0, 9, 0);
	add_drops(f, 0, 10);
	add_drops(f, 1, 5);
	add_drops(f, 0, 12);
	add_drops(f, 7, 1000); /* there is no such interface */
	assert_int_equal(sb_pcap_open_memory(f->bytes, f->len, &w, &err), 0);
	assert_false(sb_pcap_next(w, &frame));
	assert_int_equal(sb_pcap_facts(w)->dropped, 17);
	sb_pcap_close(w);
	free(f);
}

/* Simple packets have no time and no captured length; a large block of another kind is passed
 * over, also through a window that is smaller. */
static void passes_over_what_is_no_packet(void **state)
{
	struct file *f = new_file(false);
	struct sb_err err = {0};
	struct sb_frame frame;
	struct sb_pcap *w;
	char *path;
	size_t at;

	(void)state;
	add_interface(f, 1, 50, 9, 0);
	add_packet(f, 0, (uint64_t)T0, 40, 40);
	at = begin_block(f, 0x0bad);
	f->len += 900000;
	end_block(f, at);
	at = begin_block(f, 3);
	put32(f, 1000);
	put_bytes(f, "0123456789012345678901234567890123456789012345678", 50);
	end_block(f, at);
	path = sb_make_path(f->bytes, f->len);
	for (int file = 0; file < 2; file++) {
		if (file)
			assert_int_equal(sb_pcap_open(path, &w, &err), 0);
		else
			assert_int_equal(sb_pcap_open_memory(f->bytes, f->len, &w, &err), 0);
		assert_true(sb_pcap_next(w, &frame));
		assert_true(sb_pcap_next(w, &frame));
		assert_int_equal(frame.cap_len, 50);
		assert_int_equal(frame.wire_len, 1000);
		assert_int_equal(frame.t_ns, T0);
		assert_int_equal(frame.data[48], '8');
		assert_false(sb_pcap_next(w, &frame));
		assert_string_equal(sb_pcap_facts(w)->damage, "");
		assert_int_equal(sb_pcap_facts(w)->position, f->len);
		sb_pcap_close(w);
	}
	free(path);
	free(f);
}

/* Cut anywhere it gives the packets that are whole, and says so unless a block ended there. */
static void gives_what_a_cut_off_pcapng_has(void **state)
{
	struct file *f = new_file(true);
	struct sb_err err = {0};
	size_t first, second, faces;

	(void)state;
	add_interface(f, 1, 0, 9, 0);
	faces = f->len;
	add_packet(f, 0, (uint64_t)T0, 61, 61);
	first = f->len;
	add_packet(f, 0, (uint64_t)T0, 62, 62);
	second = f->len;
	for (size_t cut = 28; cut <= second; cut++) {
		uint8_t *part = malloc(cut);
		uint32_t n = 0;
		struct sb_frame frame;
		struct sb_pcap *w;
		bool whole = cut == 28 || cut == faces || cut == first || cut == second;

		memcpy(part, f->bytes, cut);
		assert_int_equal(sb_pcap_open_memory(part, cut, &w, &err), 0);
		while (sb_pcap_next(w, &frame))
			n += frame.data[0];
		assert_int_equal(n, (cut >= first) + (cut >= second));
		assert_int_equal(!sb_pcap_facts(w)->damage[0], whole);
		sb_pcap_close(w);
		free(part);
	}
	free(f);
}

/* Each lie about a length or an interface ends the reading, with the packets before it. */
static void stops_at_lies(void **state)
{
	static const struct {
		uint32_t offset, value;
	} lies[] = {{4, 11},	     {4, 13},	     {4, UINT32_MAX}, {4, 1u << 31}, {8, 1},
		    {8, UINT32_MAX}, {20, 1u << 30}, {20, 65},	      {24, 1u << 30}};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(lies); i++) {
		struct file *f = new_file(false);
		struct sb_err err = {0};
		struct sb_frame frame;
		struct sb_pcap *w;
		size_t at;

		add_interface(f, 1, 0, 9, 0);
		add_packet(f, 0, (uint64_t)T0, 64, 64);
		at = f->len;
		add_packet(f, 0, (uint64_t)T0, 64, 64);
		memcpy(f->bytes + at + lies[i].offset, &lies[i].value, 4);
		assert_int_equal(sb_pcap_open_memory(f->bytes, f->len, &w, &err), 0);
		assert_true(sb_pcap_next(w, &frame));
		assert_false(sb_pcap_next(w, &frame));
		assert_non_null(strstr(sb_pcap_facts(w)->damage, "after 1 packets"));
		sb_pcap_close(w);
		free(f);
	}
}

/* However far a clock is set, two times can be subtracted. */
static void keeps_times_in_bounds(void **state)
{
	struct file *f = new_file(false);
	struct sb_err err = {0};
	struct sb_frame a, b;
	struct sb_pcap *w;

	(void)state;
	add_interface(f, 1, 0, 0, INT64_MAX);
	add_interface(f, 1, 0, 0, INT64_MIN);
	add_packet(f, 0, UINT64_MAX, 1, 1);
	add_packet(f, 1, 5, 1, 1);
	assert_int_equal(sb_pcap_open_memory(f->bytes, f->len, &w, &err), 0);
	assert_true(sb_pcap_next(w, &a));
	assert_int_equal(a.t_ns, SB_PCAP_TIME_MAX);
	assert_true(sb_pcap_next(w, &b));
	assert_int_equal(b.t_ns, -SB_PCAP_TIME_MAX);
	assert_int_equal(sb_pcap_facts(w)->backwards, 1);
	assert_int_equal(sb_pcap_facts(w)->last_ns, a.t_ns);
	sb_pcap_close(w);
	free(f);
}

/* A batch is what one after the other gives, wherever the window ends. */
static void reads_in_batches(void **state)
{
	struct sb_make m = {.snaplen = 2000};
	struct sb_frame one, batch[64];
	struct sb_pcap *a, *b;
	struct sb_err err = {0};
	uint8_t frame[1500];
	uint8_t *bytes;
	size_t len, n, total = 0;
	char *path;

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		memset(frame, (int)i, sizeof(frame));
		sb_make_frame(&m, T0 + i, frame, 1 + i * 7 % 1500, 1500);
	}
	bytes = sb_make_finish(&m, &len);
	path = sb_make_path(bytes, len);
	assert_int_equal(sb_pcap_open(path, &a, &err), 0);
	assert_int_equal(sb_pcap_open(path, &b, &err), 0);
	while ((n = sb_pcap_read(b, batch, 64)) > 0) {
		for (size_t i = 0; i < n; i++) {
			assert_true(sb_pcap_next(a, &one));
			assert_int_equal(one.t_ns, batch[i].t_ns);
			assert_int_equal(one.cap_len, batch[i].cap_len);
			assert_memory_equal(one.data, batch[i].data, one.cap_len);
		}
		total += n;
	}
	assert_int_equal(total, 3000);
	assert_false(sb_pcap_next(a, &one));
	sb_pcap_close(a);
	sb_pcap_close(b);
	free(path);
	free(bytes);
}

/* One TCP segment below each link header. */
static void decodes_every_link_type(void **state)
{
	static const struct {
		uint16_t linktype;
		uint8_t header[40];
		uint32_t len;
	} forms[] = {
	    {SB_LINKTYPE_RAW, {0}, 0},
	    {SB_LINKTYPE_RAW_OLD, {0}, 0},
	    {SB_LINKTYPE_IPV4, {0}, 0},
	    {SB_LINKTYPE_NULL, {2, 0, 0, 0}, 4},
	    {SB_LINKTYPE_LOOP, {0, 0, 0, 2}, 4},
	    {SB_LINKTYPE_ETHERNET, {[12] = 8, [13] = 0}, 14},
	    {SB_LINKTYPE_ETHERNET, {[12] = 0x81, 0, 0, 5, 8, 0}, 18},
	    {SB_LINKTYPE_ETHERNET, {[12] = 0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 8, 0}, 22},
	    {SB_LINKTYPE_LINUX_SLL, {[3] = 1, [5] = 6, [14] = 8, [15] = 0}, 16},
	    {SB_LINKTYPE_LINUX_SLL, {[14] = 0x81, 0, 0, 5, 8, 0}, 20},
	    {SB_LINKTYPE_LINUX_SLL2, {8, 0, [8] = 0, 1}, 20},
	    {SB_LINKTYPE_LINUX_SLL2, {0x81, 0, [20] = 0, 5, 8, 0}, 24},
	    {SB_LINKTYPE_LINUX_SLL, {[15] = 4, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, 24},
	    {SB_LINKTYPE_LINUX_SLL2, {0, 4, [20] = 0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, 28},
	    /* PPPoE, with a tag, and with a protocol of one byte */
	    {SB_LINKTYPE_ETHERNET, {[12] = 0x88, 0x64, 0x11, 0, 0, 9, 0, 142, 0, 0x21}, 22},
	    {SB_LINKTYPE_ETHERNET,
	     {[12] = 0x81, 0, 0, 5, 0x88, 0x64, 0x11, 0, 0, 9, 0, 142, 0x21},
	     25},
	    {SB_LINKTYPE_PPP_ETHER, {0x11, 0, 0, 9, 0, 142, 0, 0x21}, 8},
	    /* MPLS: one label, two, a pseudowire with its control word */
	    {SB_LINKTYPE_ETHERNET, {[12] = 0x88, 0x47, 0, 1, 1, 64}, 18},
	    {SB_LINKTYPE_ETHERNET, {[12] = 0x88, 0x48, 0, 1, 0, 64, 0, 2, 1, 64}, 22},
	    {SB_LINKTYPE_ETHERNET,
	     {[12] = 0x88, 0x47, 0, 1, 1, 64, 0, 0, 0, 0, [22 + 12] = 8, 0},
	     36},
	    {SB_LINKTYPE_ETHERNET, {[12] = 0, 142, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, 22},
	    {SB_LINKTYPE_ETHERNET, {[12] = 0, 142, 6, 6, 3}, 17},
	    {SB_LINKTYPE_ETHERNET, {[12] = 0x88, 0x70, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, 22},
	    {SB_LINKTYPE_PPP, {0xff, 3, 0, 0x21}, 4},
	    {SB_LINKTYPE_PPP, {0x21}, 1},
	    {SB_LINKTYPE_PPP, {0x0f, 0, 8, 0}, 4},
	    {SB_LINKTYPE_PPP_HDLC, {0xff, 3, 0, 0x21}, 4},
	    {SB_LINKTYPE_PPP_HDLC, {0xff, 3, 2, 0x81, 0, 1, 1, 64}, 8},
	    {SB_LINKTYPE_PPP_PPPD, {1, 3, 0, 0x21}, 4},
	    {SB_LINKTYPE_PPP_PPPD, {1, 0xff, 3, 0, 0x21}, 5},
	    {SB_LINKTYPE_PPP_WITH_DIR, {0, 0xff, 3, 0, 0x21}, 5},
	    {SB_LINKTYPE_C_HDLC, {0x0f, 0, 8, 0}, 4},
	    {SB_LINKTYPE_C_HDLC_WITH_DIR, {1, 0x0f, 0, 8, 0}, 5},
	    {SB_LINKTYPE_FRELAY, {0x18, 0x41, 3, 0xcc}, 4},
	    {SB_LINKTYPE_FRELAY, {0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0}, 10},
	    {SB_LINKTYPE_FRELAY, {0x18, 0x41, 8, 0}, 4},
	    {SB_LINKTYPE_FRELAY_WITH_DIR, {1, 0x18, 0x40, 0x40, 1, 3, 0xcc}, 7},
	    {SB_LINKTYPE_SLIP, {1, [1] = 0x40}, 16},
	    {SB_LINKTYPE_SLIP, {0}, 0},
	    /* NFLOG of a small and of a large machine: a prefix of 5 bytes, then the packet */
	    {SB_LINKTYPE_NFLOG, {2, 0, 0, 1, 5, 0, 10, 0, 0, 0, 0, 0, 144, 0, 9, 0}, 16},
	    {SB_LINKTYPE_NFLOG, {2, 0, 0, 1, 0, 5, 0, 10, 0, 0, 0, 0, 0, 144, 0, 9}, 16},
	    {SB_LINKTYPE_ATM_RFC1483, {0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, 8},
	    {SB_LINKTYPE_FDDI, {0x50, [13] = 0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, 21},
	    {SB_LINKTYPE_TOKEN_RING, {0x10, 0x40, [14] = 0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, 22},
	};
	static uint8_t segment[SB_MAKE_FRAME_MAX];
	struct sb_segment_spec s = {.client_port = 40000,
				    .server_port = 5201,
				    .seq = 7,
				    .ack = 8,
				    .id = 99,
				    .flags = 16,
				    .ts_value = 11,
				    .ts_echo = 12,
				    .payload = 100};
	struct sb_world w;
	uint32_t len;

	(void)state;
	sb_world_init(&w);
	len = sb_make_segment(segment, &w.link, &s) - 14;
	for (size_t i = 0; i < SB_ARRAY_LEN(forms); i++) {
		uint8_t bytes[256];
		struct sb_frame f = {.data = bytes,
				     .linktype = forms[i].linktype,
				     .cap_len = forms[i].len + len,
				     .wire_len = forms[i].len + len};
		struct sb_packet p;

		memcpy(bytes, forms[i].header, forms[i].len);
		memcpy(bytes + forms[i].len, segment + 14, len);
		assert_true(sb_linktype_known(f.linktype));
		sb_decode(&f, &p);
		if (!p.l4)
			fail_msg("form %zu is not read", i);
		assert_int_equal(p.src_port, 40000);
		assert_int_equal(p.seq, 7);
		assert_int_equal(p.ip_id, 99);
		assert_int_equal(p.payload_len, 100);
		assert_int_equal(p.ts_echo, 12);
		assert_int_equal(p.l3_offset, forms[i].len);
		assert_int_equal(p.payload_offset, f.cap_len - 100);
		assert_int_equal(p.l3_len, len);
		/* Nothing beyond any part of it is read (the sanitizer watches). */
		for (uint32_t cut = 0; cut < f.wire_len; cut++) {
			uint8_t *part = malloc(cut + !cut);
			struct sb_frame less = f;

			memcpy(part, bytes, cut);
			less.data = part;
			less.cap_len = cut;
			sb_decode(&less, &p);
			(void)sb_packet_key(&less, &p);
			(void)sb_packet_key_of(&less, &p, true, cut);
			assert_true(!p.l4 || cut >= forms[i].len + 40);
			free(part);
		}
	}
}

/* Headers in each other without end, and frames of the link's own protocols, are no packets. */
static void looks_into_no_other_frames(void **state)
{
	static const struct {
		uint16_t linktype;
		uint8_t header[12];
		uint32_t len;
	} forms[] = {
	    {SB_LINKTYPE_PPP, {0xff, 3, 0xc0, 0x21}, 4},
	    {SB_LINKTYPE_PPP, {0xff, 3, 0, 0x3d}, 4},
	    {SB_LINKTYPE_PPP_ETHER, {0x11, 0x09, 0, 0}, 6},
	    {SB_LINKTYPE_FRELAY, {0x18, 0x40, 0x40, 0x40, 0x40}, 5},
	    {SB_LINKTYPE_FRELAY, {0x19}, 1},
	    {SB_LINKTYPE_NFLOG, {2, 0, 0, 1, 0, 0, 9, 0}, 8},
	    {SB_LINKTYPE_NFLOG, {7, 0, 0, 1, 144, 0, 9, 0}, 8},
	    {SB_LINKTYPE_C_HDLC, {0x8f, 0, 0x80, 0x35}, 4},
	    {SB_LINKTYPE_ATM_RFC1483, {0xaa, 0xaa, 3, 0, 0x80, 0xc2, 0, 7}, 8},
	};
	static uint8_t segment[SB_MAKE_FRAME_MAX];
	uint8_t bytes[300], nested[80] = {0};
	struct sb_packet p;
	struct sb_world w;
	uint32_t len;

	(void)state;
	sb_world_init(&w);
	len = sb_make_segment(segment, &w.link,
			      &(struct sb_segment_spec){.client_port = 1, .payload = 100}) -
	      14;
	for (size_t i = 0; i < SB_ARRAY_LEN(forms); i++) {
		struct sb_frame f = {.data = bytes,
				     .linktype = forms[i].linktype,
				     .cap_len = forms[i].len + len,
				     .wire_len = forms[i].len + len};

		memcpy(bytes, forms[i].header, forms[i].len);
		memcpy(bytes + forms[i].len, segment + 14, len);
		sb_decode(&f, &p);
		assert_int_equal(p.ip_version, 0);
		(void)sb_packet_key(&f, &p);
	}
	for (uint32_t at = 12; at + 4 < sizeof(nested); at += 4)
		nested[at] = 0x81;
	sb_decode(&(struct sb_frame){.data = nested,
				     .linktype = SB_LINKTYPE_ETHERNET,
				     .cap_len = sizeof(nested),
				     .wire_len = sizeof(nested)},
		  &p);
	assert_int_equal(p.ip_version, 0);
}

/* Packets without a time get that of the one before; the first ones that of the first that has one;
 * if none has, they say nothing. */
static void gives_packets_without_time_one(void **state)
{
	(void)state;
	for (int timed = 0; timed < 2; timed++) {
		struct file *f = new_file(false);
		struct sb_err err = {0};
		struct sb_frame frame;
		struct sb_pcap *w;

		add_interface(f, 1, 0, 9, 0);
		add_simple(f, 40);
		add_simple(f, 41);
		add_drops(f, 0, 1);
		if (timed)
			add_packet(f, 0, (uint64_t)T0, 42, 42);
		add_simple(f, 43);
		assert_int_equal(sb_pcap_open_memory(f->bytes, f->len, &w, &err), 0);
		while (sb_pcap_next(w, &frame))
			assert_int_equal(frame.t_ns, timed ? T0 : 0);
		assert_int_equal(sb_pcap_facts(w)->records, 3 + timed);
		assert_int_equal(sb_pcap_facts(w)->untimed, 3);
		assert_int_equal(sb_pcap_facts(w)->backwards, 0);
		assert_int_equal(sb_pcap_need_times(sb_pcap_facts(w), "a.pcapng", &err), -1);
		assert_non_null(strstr(err.msg, "a.pcapng: 3 of "));
		sb_pcap_close(w);
		free(f);
	}
}

/* A length on the wire below the captured one is the packet's; the next record is found. */
static void takes_the_length_on_the_wire(void **state)
{
	struct file *f = new_file(false);
	struct sb_err err = {0};
	struct sb_frame frame;
	struct sb_pcap *w;

	(void)state;
	add_interface(f, 1, 0, 9, 0);
	add_packet(f, 0, (uint64_t)T0, 64, 60);
	add_packet(f, 0, (uint64_t)T0, 4, 0);
	add_packet(f, 0, (uint64_t)T0, 64, 64);
	assert_int_equal(sb_pcap_open_memory(f->bytes, f->len, &w, &err), 0);
	for (int i = 0; i < 3; i++) {
		static const uint32_t lengths[] = {60, 0, 64};

		assert_true(sb_pcap_next(w, &frame));
		assert_int_equal(frame.cap_len, lengths[i]);
		assert_int_equal(frame.wire_len, lengths[i]);
	}
	assert_false(sb_pcap_next(w, &frame));
	assert_string_equal(sb_pcap_facts(w)->damage, "");
	sb_pcap_close(w);
	free(f);
}

static void names_link_types(void **state)
{
	char text[SB_LINKTYPE_NAME_MAX];

	(void)state;
	assert_string_equal(sb_linktype_name(127, text), "127 (802.11 plus radiotap header)");
	assert_string_equal(sb_linktype_name(101, text), "101 (Raw IP)");
	assert_string_equal(sb_linktype_name(60000, text), "60000");
	assert_false(sb_linktype_known(127));
}

/* What both say but for the tag's four bytes, which are on the wire. */
static void check_same(const struct sb_packet *plain, const struct sb_packet *tagged)
{
	assert_int_equal(plain->t_ns, tagged->t_ns);
	assert_int_equal(plain->wire_len + 4, tagged->wire_len);
	assert_int_equal(plain->ip_version, tagged->ip_version);
	assert_int_equal(plain->proto, tagged->proto);
	assert_int_equal(plain->l4, tagged->l4);
	assert_int_equal(plain->fragment, tagged->fragment);
	assert_int_equal(plain->ip_id, tagged->ip_id);
	assert_int_equal(plain->l3_len, tagged->l3_len);
	assert_int_equal(plain->payload_len, tagged->payload_len);
	assert_int_equal(plain->seq, tagged->seq);
	assert_int_equal(plain->ack, tagged->ack);
	assert_int_equal(plain->flags, tagged->flags);
	assert_int_equal(plain->window, tagged->window);
	assert_int_equal(plain->options_len, tagged->options_len);
	assert_int_equal(plain->has_timestamps, tagged->has_timestamps);
	assert_int_equal(plain->ts_value, tagged->ts_value);
	assert_int_equal(plain->ts_echo, tagged->ts_echo);
	assert_int_equal(plain->mss, tagged->mss);
	assert_int_equal(plain->window_scale, tagged->window_scale);
	assert_int_equal(plain->sack_permitted, tagged->sack_permitted);
	assert_int_equal(plain->sack_blocks, tagged->sack_blocks);
	assert_int_equal(plain->src_port, tagged->src_port);
	assert_int_equal(plain->dst_port, tagged->dst_port);
	assert_true(!plain->src_ip == !tagged->src_ip);
	if (plain->src_ip) {
		assert_memory_equal(plain->src_ip, tagged->src_ip, 4);
		assert_memory_equal(plain->dst_ip, tagged->dst_ip, 4);
	}
	assert_int_equal(plain->l4_offset + 4 * !!plain->l4_offset, tagged->l4_offset);
	assert_int_equal(plain->payload_offset + 4 * !!plain->payload_offset,
			 tagged->payload_offset);
	assert_int_equal(plain->checksum_offset + 4 * !!plain->checksum_offset,
			 tagged->checksum_offset);
}

/* Usual packets are decoded by a way of their own; below a tag, by the one for all. */
static void both_ways_of_decoding_say_the_same(void **state)
{
	static uint8_t segment[SB_MAKE_FRAME_MAX];
	struct sb_rng rng;
	struct sb_world w;

	(void)state;
	sb_world_init(&w);
	sb_rng_seed(&rng, 8, 8);
	for (int i = 0; i < 60000; i++) {
		struct sb_segment_spec s = {.udp = i % 3 == 0,
					    .client_port = 40000,
					    .server_port = 5201,
					    .seq = (uint32_t)i * 77777,
					    .flags = 16,
					    .window = 500,
					    .ts_value = i % 3 == 1 ? (uint32_t)i : 0,
					    .sack = i % 100 == 50,
					    .mss = i % 100 == 51 ? 1460 : 0,
					    .payload = (uint32_t)i % 40};
		uint32_t len = sb_make_segment(segment, &w.link, &s), at, cut;
		uint8_t plain[256], tagged[260];
		struct sb_packet p, q;
		struct sb_frame f = {.t_ns = i, .linktype = SB_LINKTYPE_ETHERNET}, g = f;

		/* Some have a few bytes of padding, half of them a wrong byte, some are cut off. */
		memset(segment + len, 0, 8);
		len += i % 7 == 0 ? 6 : 0;
		at = 14 + (uint32_t)(sb_rng_u64(&rng) % (len - 14));
		if (i % 2)
			segment[at] = (uint8_t)sb_rng_u64(&rng);
		cut = i % 5 ? len : 14 + (uint32_t)(sb_rng_u64(&rng) % (len - 13));
		memcpy(plain, segment, cut);
		memcpy(tagged, segment, 12);
		memcpy(tagged + 12, "\x81\0\0\5", 4);
		memcpy(tagged + 16, segment + 12, cut - 12);
		f.data = plain;
		f.cap_len = cut;
		f.wire_len = len;
		g.data = tagged;
		g.cap_len = cut + 4;
		g.wire_len = len + 4;
		sb_decode(&f, &p);
		sb_decode(&g, &q);
		check_same(&p, &q);
	}
}

/* The same packet below different link headers, behind other addresses and ports. */
static void keys_see_through_links_and_nat(void **state)
{
	static uint8_t a[SB_MAKE_FRAME_MAX], b[SB_MAKE_FRAME_MAX];
	struct sb_segment_spec s = {.client_port = 40000,
				    .server_port = 5201,
				    .seq = 7,
				    .id = 5,
				    .flags = 16,
				    .payload = 100};
	struct sb_frame fa = {.data = a, .linktype = SB_LINKTYPE_ETHERNET};
	struct sb_frame fb = {.data = b, .linktype = SB_LINKTYPE_ETHERNET};
	struct sb_packet pa, pb;
	struct sb_world w;

	(void)state;
	sb_world_init(&w);
	fa.wire_len = fa.cap_len = sb_make_segment(a, &w.link, &s);
	s.vlan = true;
	fb.wire_len = fb.cap_len = sb_make_segment(b, &w.link, &s);
	sb_decode(&fa, &pa);
	sb_decode(&fb, &pb);
	assert_int_equal(sb_packet_key(&fa, &pa), sb_packet_key(&fb, &pb));
	inet_pton(AF_INET, "10.0.0.9", &w.link.client.addr4);
	s.client_port = 50000;
	s.server_port = 80;
	fb.wire_len = fb.cap_len = sb_make_segment(b, &w.link, &s);
	sb_decode(&fb, &pb);
	assert_int_not_equal(sb_packet_key(&fa, &pa), sb_packet_key(&fb, &pb));
	assert_int_equal(sb_packet_key_of(&fa, &pa, true, 60),
			 sb_packet_key_of(&fb, &pb, true, 60));
	/* Less captured at one end: only what both have counts. */
	fb.cap_len = 18 + 60;
	assert_int_equal(sb_packet_key_of(&fa, &pa, true, 60),
			 sb_packet_key_of(&fb, &pb, true, 60));
	s.seq++;
	fb.wire_len = fb.cap_len = sb_make_segment(b, &w.link, &s);
	sb_decode(&fb, &pb);
	assert_int_not_equal(sb_packet_key_of(&fa, &pa, true, 60),
			     sb_packet_key_of(&fb, &pb, true, 60));
}

static void names_what_is_compressed(void **state)
{
	static const uint8_t gzip[64] = {0x1f, 0x8b, 8};
	struct sb_err err = {0};
	struct sb_pcap *w;

	(void)state;
	assert_int_equal(sb_pcap_open_memory(gzip, sizeof(gzip), &w, &err), -1);
	assert_non_null(strstr(err.msg, "zcat"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_every_clock),
	    cmocka_unit_test(adds_up_what_was_missed),
	    cmocka_unit_test(passes_over_what_is_no_packet),
	    cmocka_unit_test(gives_what_a_cut_off_pcapng_has),
	    cmocka_unit_test(stops_at_lies),
	    cmocka_unit_test(keeps_times_in_bounds),
	    cmocka_unit_test(reads_in_batches),
	    cmocka_unit_test(decodes_every_link_type),
	    cmocka_unit_test(both_ways_of_decoding_say_the_same),
	    cmocka_unit_test(keys_see_through_links_and_nat),
	    cmocka_unit_test(names_what_is_compressed),
	    cmocka_unit_test(looks_into_no_other_frames),
	    cmocka_unit_test(gives_packets_without_time_one),
	    cmocka_unit_test(takes_the_length_on_the_wire),
	    cmocka_unit_test(names_link_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
