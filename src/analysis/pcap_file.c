/* SPDX-License-Identifier: MIT */
/* pcap_file.c - records of a classic pcap file that is not trusted */
#include "pcap_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

/* Format: draft-ietf-opsawg-pcap.  Both byte orders, micro- and nanoseconds. */
#define MAGIC_MICRO	  0xa1b2c3d4u
#define MAGIC_NANO	  0xa1b23c4du
#define FILE_HEADER	  24
#define RECORD_HEADER	  16
#define LINKTYPE_ETHERNET 1

/* Large enough for the largest record twice over, so that a refill is never a few bytes. */
#define WINDOW (4u * SB_PCAP_FRAME_MAX)

static uint32_t get_u32(const struct sb_pcap *p, const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return p->swapped ? __builtin_bswap32(v) : v;
}

/* At least @need bytes from pos on, if the file has them. */
static bool fill_window(struct sb_pcap *p, size_t need)
{
	while (p->end - p->pos < need && !p->eof) {
		ssize_t n;

		if (p->pos) {
			memmove(p->own, p->own + p->pos, p->end - p->pos);
			p->end -= p->pos;
			p->pos = 0;
		}
		n = read(p->fd, p->own + p->end, WINDOW - p->end);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			snprintf(p->damage, sizeof(p->damage), "reading failed: %s",
				 strerrordesc_np(errno));
		if (n <= 0)
			p->eof = true;
		else
			p->end += (size_t)n;
	}
	return p->end - p->pos >= need;
}

static int read_file_header(struct sb_pcap *p, const char *name, struct sb_err *err)
{
	const uint8_t *h;
	uint32_t magic, link;

	if (!fill_window(p, FILE_HEADER))
		return sb_fail(err, SB_EINPUT, 0, "%s: %s", name,
			       p->damage[0] ? p->damage : "shorter than a pcap file's header");
	h = p->window + p->pos;
	magic = get_u32(p, h);
	if (magic != MAGIC_MICRO && magic != MAGIC_NANO) {
		p->swapped = true;
		magic = get_u32(p, h);
	}
	if (magic != MAGIC_MICRO && magic != MAGIC_NANO)
		return sb_fail(err, SB_EINPUT, 0, "%s: not a pcap file (magic %08" PRIx32 ")", name,
			       __builtin_bswap32(magic));
	p->nano = magic == MAGIC_NANO;
	p->snaplen = get_u32(p, h + 16);
	/* The upper bits tell of a frame check sequence. */
	link = get_u32(p, h + 20) & 0xffff;
	if (link != LINKTYPE_ETHERNET)
		return sb_fail(err, SB_EINPUT, 0, "%s: link type %" PRIu32 " instead of Ethernet",
			       name, link);
	p->pos += FILE_HEADER;
	return 0;
}

int sb_pcap_open(struct sb_pcap *p, const char *path, struct sb_err *err)
{
	*p = (struct sb_pcap){.fd = open(path, O_RDONLY | O_CLOEXEC)};
	if (p->fd < 0)
		return sb_fail(err, SB_EINPUT, errno, "capture %s", path);
	p->own = sb_alloc(1, WINDOW);
	p->window = p->own;
	if (read_file_header(p, path, err)) {
		sb_pcap_close(p);
		return -1;
	}
	return 0;
}

int sb_pcap_open_memory(struct sb_pcap *p, const void *data, size_t len, struct sb_err *err)
{
	*p = (struct sb_pcap){.fd = -1, .window = data, .end = len, .eof = true};
	return read_file_header(p, "capture", err);
}

bool sb_pcap_next(struct sb_pcap *p, struct sb_frame *out)
{
	uint32_t fraction, cap_len, wire_len;
	const uint8_t *h;

	if (p->damage[0])
		return false;
	if (!fill_window(p, RECORD_HEADER)) {
		if (!p->damage[0] && p->end != p->pos)
			snprintf(p->damage, sizeof(p->damage), "cut off after %" PRIu64 " packets",
				 p->records);
		return false;
	}
	h = p->window + p->pos;
	fraction = get_u32(p, h + 4);
	cap_len = get_u32(p, h + 8);
	wire_len = get_u32(p, h + 12);
	if (cap_len > SB_PCAP_FRAME_MAX || wire_len > SB_PCAP_FRAME_MAX ||
	    fraction >= (p->nano ? 1000000000u : 1000000u)) {
		snprintf(p->damage, sizeof(p->damage), "damaged after %" PRIu64 " packets",
			 p->records);
		return false;
	}
	if (!fill_window(p, RECORD_HEADER + (size_t)cap_len)) {
		if (!p->damage[0])
			snprintf(p->damage, sizeof(p->damage), "cut off after %" PRIu64 " packets",
				 p->records);
		return false;
	}
	h = p->window + p->pos;
	out->t_ns =
	    (int64_t)get_u32(p, h) * SB_NS_PER_S + (int64_t)fraction * (p->nano ? 1 : SB_NS_PER_US);
	out->cap_len = cap_len;
	out->wire_len = wire_len > cap_len ? wire_len : cap_len;
	out->data = h + RECORD_HEADER;
	p->pos += RECORD_HEADER + (size_t)cap_len;
	p->records++;
	if (out->t_ns > p->last_ns)
		p->last_ns = out->t_ns;
	return true;
}

void sb_pcap_close(struct sb_pcap *p)
{
	sb_close_p(&p->fd);
	free(p->own);
	p->own = NULL;
}
