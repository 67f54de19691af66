/* SPDX-License-Identifier: MIT */
/* pcap_make.c - made captures for tests of analysis */
#include "pcap_make.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"

struct sb_make_record {
	int64_t t_ns;
	size_t place;
	uint32_t len, wire_len;
	uint8_t *bytes;
};

void sb_make_frame(struct sb_make *m, int64_t t_ns, const uint8_t *bytes, uint32_t len,
		   uint32_t wire_len)
{
	struct sb_make_record *r;

	m->records = sb_grow(m->records, m->count, &m->room, sizeof(*m->records));
	r = &m->records[m->count];
	*r = (struct sb_make_record){t_ns, m->count, len, wire_len, sb_alloc(len + 1, 1)};
	memcpy(r->bytes, bytes, len);
	m->count++;
}

static int compare_records(const void *a, const void *b)
{
	const struct sb_make_record *x = a, *y = b;

	if (x->t_ns != y->t_ns)
		return x->t_ns < y->t_ns ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

static void put_u32(const struct sb_make *m, uint8_t **at, uint32_t v)
{
	if (m->swapped)
		v = __builtin_bswap32(v);
	memcpy(*at, &v, sizeof(v));
	*at += sizeof(v);
}

uint8_t *sb_make_finish(struct sb_make *m, size_t *len)
{
	size_t size = 24;
	uint8_t *file, *at;

	for (size_t i = 0; i < m->count; i++)
		size += 16 + m->records[i].len;
	file = at = sb_alloc(size, 1);
	put_u32(m, &at, m->micro ? 0xa1b2c3d4 : 0xa1b23c4d);
	put_u32(m, &at, m->swapped ? 2u << 16 | 4 : 4u << 16 | 2);
	put_u32(m, &at, 0);
	put_u32(m, &at, 0);
	put_u32(m, &at, m->snaplen ? m->snaplen : 65535);
	put_u32(m, &at, 1);
	if (m->count)
		qsort(m->records, m->count, sizeof(*m->records), compare_records);
	for (size_t i = 0; i < m->count; i++) {
		struct sb_make_record *r = &m->records[i];
		uint32_t ns = (uint32_t)(r->t_ns % 1000000000);

		put_u32(m, &at, (uint32_t)(r->t_ns / 1000000000));
		put_u32(m, &at, m->micro ? ns / 1000 : ns);
		put_u32(m, &at, r->len);
		put_u32(m, &at, r->wire_len);
		memcpy(at, r->bytes, r->len);
		at += r->len;
		free(r->bytes);
	}
	free(m->records);
	m->records = NULL;
	m->count = m->room = 0;
	*len = size;
	return file;
}

char *sb_make_path(const uint8_t *bytes, size_t len)
{
	int fd = memfd_create("pcap", MFD_CLOEXEC);

	if (fd < 0 || sb_write_all(fd, bytes, len))
		abort();
	return sb_asprintf("/proc/self/fd/%d", fd);
}

static void put_be16(uint8_t *at, uint32_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static void put_be32(uint8_t *at, uint32_t v)
{
	put_be16(at, v >> 16);
	put_be16(at + 2, v);
}

static uint32_t put_tcp(uint8_t *h, const struct sb_segment_spec *s)
{
	uint32_t at = 20;

	put_be32(h + 4, s->seq);
	put_be32(h + 8, s->ack);
	h[13] = s->flags;
	put_be16(h + 14, s->window);
	if (s->mss) {
		h[at] = 2;
		h[at + 1] = 4;
		put_be16(h + at + 2, s->mss);
		at += 4;
	}
	if (s->window_scale) {
		h[at] = 3;
		h[at + 1] = 3;
		h[at + 2] = s->window_scale;
		h[at + 3] = 1;
		at += 4;
	}
	if (s->sack) {
		h[at] = h[at + 1] = 1;
		h[at + 2] = 4;
		h[at + 3] = 2;
		at += 4;
	}
	if (s->ts_value || s->ts_echo) {
		h[at] = h[at + 1] = 1;
		h[at + 2] = 8;
		h[at + 3] = 10;
		put_be32(h + at + 4, s->ts_value);
		put_be32(h + at + 8, s->ts_echo);
		at += 12;
	}
	h[12] = (uint8_t)(at / 4 << 4);
	return at;
}

static uint32_t put_ip(uint8_t *h, const struct sb_link *link, const struct sb_segment_spec *s,
		       uint32_t len)
{
	const struct sb_endpoint *from = s->dir == SB_UP ? &link->client : &link->server;
	const struct sb_endpoint *to = s->dir == SB_UP ? &link->server : &link->client;
	uint8_t proto = s->udp ? 17 : 6;

	if (!s->v6) {
		h[0] = 0x45;
		put_be16(h + 2, 20 + len);
		put_be16(h + 4, s->id);
		h[8] = s->ttl ? s->ttl : 64;
		h[9] = proto;
		memcpy(h + 12, &from->addr4, 4);
		memcpy(h + 16, &to->addr4, 4);
		return 20;
	}
	h[0] = 0x60;
	put_be16(h + 4, len + (s->extension ? 8 : 0));
	h[6] = s->extension ? 60 : proto;
	h[7] = s->ttl ? s->ttl : 64;
	memcpy(h + 8, &from->addr6, 16);
	memcpy(h + 24, &to->addr6, 16);
	if (!s->extension)
		return 40;
	h[40] = proto;
	h[42] = 1;
	h[43] = 4;
	return 48;
}

uint32_t sb_make_segment(uint8_t frame[SB_MAKE_FRAME_MAX], const struct sb_link *link,
			 const struct sb_segment_spec *s)
{
	const struct sb_endpoint *from = s->dir == SB_UP ? &link->client : &link->server;
	const struct sb_endpoint *to = s->dir == SB_UP ? &link->server : &link->client;
	uint8_t l4[64] = {0}, *h;
	uint32_t header = 8, ip;

	memset(frame, 0, 256);
	memcpy(frame, to->mac, 6);
	memcpy(frame + 6, from->mac, 6);
	h = frame + 12;
	if (s->vlan) {
		put_be16(h, 0x8100);
		put_be16(h + 2, 7);
		h += 4;
	}
	put_be16(h, s->v6 ? 0x86dd : 0x0800);
	h += 2;
	if (!s->udp)
		header = put_tcp(l4, s);
	else
		put_be16(l4 + 4, 8 + s->payload);
	put_be16(l4, s->dir == SB_UP ? s->client_port : s->server_port);
	put_be16(l4 + 2, s->dir == SB_UP ? s->server_port : s->client_port);
	ip = put_ip(h, link, s, header + s->payload);
	memcpy(h + ip, l4, header);
	memset(h + ip + header, 'x', s->payload);
	return (uint32_t)(h - frame) + ip + header + s->payload;
}

void sb_world_init(struct sb_world *w)
{
	*w = (struct sb_world){0};
	memcpy(w->link.client.mac, "\x02\x5a\x00\x01\x00\x01", 6);
	memcpy(w->link.server.mac, "\x02\x5a\x00\x01\x00\x02", 6);
	inet_pton(AF_INET, "198.18.1.2", &w->link.client.addr4);
	inet_pton(AF_INET, "198.18.1.1", &w->link.server.addr4);
	inet_pton(AF_INET6, "fd5a:1::2", &w->link.client.addr6);
	inet_pton(AF_INET6, "fd5a:1::1", &w->link.server.addr6);
	for (int dir = 0; dir < 2; dir++) {
		w->link.dir[dir].initial.delay_ns = 20000000;
		w->link.dir[dir].queue_bytes = 1 << 20;
	}
	for (int i = 0; i < 2; i++) {
		w->flows[i] = (struct sb_flow){.kind = i ? SB_FLOW_STREAM : SB_FLOW_BULK,
					       .dir = i ? SB_DOWN : SB_UP,
					       .streams = 1,
					       .port = (uint16_t)(5201 + i),
					       .duration_ns = 60000000000};
		snprintf(w->flows[i].name, sizeof(w->flows[i].name), "%s", i ? "voice" : "bulk");
		w->reports[i].retransmits = -1;
	}
	w->plan = (struct sb_plan){.duration_ns = 60000000000,
				   .ip_version = 4,
				   .mtu = 1500,
				   .sample_ns = 100000000,
				   .link_count = 1,
				   .flow_count = 2,
				   .links = &w->link,
				   .steps = w->steps,
				   .flows = w->flows};
	w->in = (struct sb_analysis_input){.plan = &w->plan,
					   .start_real_ns = SB_WORLD_START_NS,
					   .end_real_ns = SB_WORLD_START_NS + 60000000000,
					   .links = &w->files,
					   .flows = w->reports,
					   .exact_steps = true};
}

void sb_world_put(struct sb_world *w, enum sb_point point, int64_t t_ns, const struct sb_link *as,
		  const struct sb_segment_spec *s)
{
	struct sb_make *const captures[SB_POINTS] = {&w->client, &w->server, &w->other_leg};
	static uint8_t frame[SB_MAKE_FRAME_MAX];
	uint32_t len = sb_make_segment(frame, as, s), kept = len < 128 ? len : 128;

	sb_make_frame(captures[point], t_ns, frame, kept, len);
}

static void add_segment(struct sb_world *w, bool at_client, int64_t t_ns,
			const struct sb_segment_spec *s)
{
	sb_world_put(w, at_client ? SB_AT_CLIENT : SB_AT_SERVER, t_ns, &w->link, s);
}

void sb_world_arrive(struct sb_world *w, int64_t t_ns, const struct sb_segment_spec *s)
{
	add_segment(w, s->dir == SB_DOWN, t_ns, s);
}

void sb_world_send(struct sb_world *w, int64_t t_ns, int64_t delay_ns,
		   const struct sb_segment_spec *s)
{
	add_segment(w, s->dir == SB_UP, t_ns, s);
	if (delay_ns >= 0)
		sb_world_arrive(w, t_ns + delay_ns, s);
}

void sb_world_step(struct sb_world *w, int64_t at_ns, enum sb_dir dir,
		   const struct sb_link_state *state)
{
	w->steps[w->plan.step_count++] =
	    (struct sb_step){.at_ns = at_ns, .dir = (uint8_t)dir, .state = *state};
}

static char *finish_capture(struct sb_make *m)
{
	size_t len;
	uint8_t *bytes = sb_make_finish(m, &len);
	char *path = sb_make_path(bytes, len);

	free(bytes);
	return path;
}

/* The descriptor that the path names is ours. */
static void close_path(char *path)
{
	close(atoi(path + strlen("/proc/self/fd/")));
	free(path);
}

struct sb_result *sb_worlds_analyse(struct sb_world *const *worlds, size_t count)
{
	struct sb_plan plan = worlds[0]->plan;
	struct sb_analysis_input in = worlds[0]->in;
	struct sb_link_capture *files = sb_alloc(count, sizeof(*files));
	struct sb_result *result = NULL;
	struct sb_err err = {0};

	plan.link_count = count;
	plan.links = sb_alloc(count, sizeof(*plan.links));
	for (size_t i = 0; i < count; i++) {
		struct sb_world *w = worlds[i];

		w->files.pcap[SB_AT_CLIENT] = finish_capture(&w->client);
		w->files.pcap[SB_AT_SERVER] = finish_capture(&w->server);
		w->files.pcap[SB_AT_OTHER_LEG] = finish_capture(&w->other_leg);
		files[i] = w->files;
		plan.links[i] = w->link;
	}
	in.plan = &plan;
	in.links = files;
	if (sb_analyse(&in, &result, &err))
		fprintf(stderr, "%s\n", err.msg);
	for (size_t i = 0; i < count; i++)
		for (int point = 0; point <= SB_AT_OTHER_LEG; point++)
			close_path((char *)files[i].pcap[point]);
	free(files);
	free(plan.links);
	return result;
}

struct sb_result *sb_world_analyse(struct sb_world *w)
{
	return sb_worlds_analyse(&w, 1);
}

bool sb_has_reason(const struct sb_reasons *reasons, const char *text)
{
	for (size_t i = 0; i < reasons->count; i++) {
		if (strstr(reasons->text[i], text))
			return true;
	}
	return false;
}
