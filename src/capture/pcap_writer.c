/* SPDX-License-Identifier: MIT */
/* pcap_writer.c - a classic pcap file, written in large pieces */
#include "pcap_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"

/* Format: draft-ietf-opsawg-pcap, in this machine's byte order. */
#define MAGIC_MICRO	  0xa1b2c3d4u
#define MAGIC_NANO	  0xa1b23c4du
#define LINKTYPE_ETHERNET 1

/* A write every 1800 packets of 128 bytes. */
#define BUFFER (256u << 10)

struct file_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, snaplen, link;
};

struct record_header {
	uint32_t seconds, fraction, cap_len, wire_len;
};

static void write_out(struct sb_pcap_writer *w, const void *bytes, size_t len)
{
	if (!w->error && sb_write_all(w->fd, bytes, len))
		w->error = errno;
}

int sb_pcap_writer_start(struct sb_pcap_writer *w, int fd, uint32_t snaplen, bool nano,
			 struct sb_err *err)
{
	struct file_header h = {.magic = nano ? MAGIC_NANO : MAGIC_MICRO,
				.major = 2,
				.minor = 4,
				.snaplen = snaplen,
				.link = LINKTYPE_ETHERNET};

	/* At once, so that the file of a run that is killed is still a capture. */
	if (sb_write_all(fd, &h, sizeof(h)))
		return sb_fail(err, SB_EENV, errno, "cannot write the capture file");
	*w = (struct sb_pcap_writer){.fd = fd, .buf = sb_alloc(1, BUFFER)};
	return 0;
}

void sb_pcap_writer_add(struct sb_pcap_writer *w, uint32_t seconds, uint32_t fraction,
			uint32_t cap_len, uint32_t wire_len, const uint8_t *bytes)
{
	struct record_header h = {seconds, fraction, cap_len, wire_len};

	if (w->used + sizeof(h) + cap_len > BUFFER)
		sb_pcap_writer_flush(w);
	if (w->error) {
		w->refused++;
		return;
	}
	w->packets++;
	memcpy(w->buf + w->used, &h, sizeof(h));
	w->used += sizeof(h);
	if (cap_len > BUFFER - w->used) {
		/* A single packet larger than the buffer goes around it. */
		write_out(w, w->buf, w->used);
		write_out(w, bytes, cap_len);
		w->used = 0;
		return;
	}
	memcpy(w->buf + w->used, bytes, cap_len);
	w->used += cap_len;
}

void sb_pcap_writer_flush(struct sb_pcap_writer *w)
{
	write_out(w, w->buf, w->used);
	w->used = 0;
}

int sb_pcap_writer_finish(struct sb_pcap_writer *w, struct sb_err *err)
{
	if (w->fd < 0)
		return 0;
	write_out(w, w->buf, w->used);
	if (close(w->fd) && !w->error)
		w->error = errno;
	w->fd = -1;
	free(w->buf);
	w->buf = NULL;
	if (!w->error)
		return 0;
	return sb_fail(err, SB_EENV, w->error,
		       "writing the capture file failed after %" PRIu64 " packets", w->packets);
}
