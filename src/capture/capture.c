/* SPDX-License-Identifier: MIT */
/*
 * capture.c - packets of an interface into a pcap file: nanosecond stamps, drop counters
 *
 * One thread per capture moves packets from the kernel's ring (TPACKET_V3, through libpcap) to the
 * file.  It wakes when a block of the ring is full or BLOCK_MS old, or when it is told to stop;
 * then it goes on until it has seen as many packets as the kernel says it put into the ring.
 */
#include "satbed/capture.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pcap_writer.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

/* A block that is not full is handed over after this long: the price of stopping, and of a wake-up.
 */
#define BLOCK_MS 10
/* On a virtual clock the wake-up is what costs, and the price of stopping is nothing. */
#define VIRTUAL_BLOCK_MS 500

/* What a killed process takes with it: packets that it had not handed to the kernel for so long.  On
 * a virtual clock each block is written as it comes. */
#define FLUSH_MS 200

/* The word to stop comes at once; should it not come, it is looked for so often. */
#define LOOK_MS 1000

/* Stopping waits for what the ring still holds; a block that is not handed over by then never is.
 */
#define DRAIN_MS 1000

/**
 * struct sb_capture - one capture and its thread
 * @taken:	packets taken from the ring, thread only
 * @stats, @lock: the latest, for everybody
 * @flushed_ns:	when the file had everything last, thread only
 * @stop:	it is to end; stop_fd wakes it
 * @write_error: errno of the first write that failed, 0 = none; for everybody
 * @failure:	what went wrong in the thread, read after it ended
 */
struct sb_capture {
	char *ifname;
	pcap_t *pcap;
	int stop_fd;
	pthread_t thread;
	bool running;
	uint32_t snaplen;
	struct sb_pcap_writer writer;
	uint64_t taken;
	pthread_mutex_t lock;
	struct sb_capture_stats stats;
	int64_t flushed_ns;
	atomic_int write_error;
	atomic_bool stop;
	struct sb_err failure;
};

static void take_packet(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct sb_capture *c = (struct sb_capture *)user;
	uint32_t cap_len = h->caplen < c->snaplen ? h->caplen : c->snaplen;

	c->taken++;
	/* At nanosecond precision libpcap puts nanoseconds into tv_usec. */
	sb_pcap_writer_add(&c->writer, (uint32_t)h->ts.tv_sec, (uint32_t)h->ts.tv_usec, cap_len,
			   h->len, bytes);
}

/* The kernel's counters; they are those of all its packets up to now, in the ring or taken from it.
 */
static void update_stats(struct sb_capture *c)
{
	struct pcap_stat now;

	if (pcap_stats(c->pcap, &now))
		return;
	pthread_mutex_lock(&c->lock);
	/* libpcap counts in 32 bits and wraps. */
	c->stats.received += (uint32_t)(now.ps_recv - (uint32_t)c->stats.received);
	c->stats.dropped += (uint32_t)(now.ps_drop - (uint32_t)c->stats.dropped);
	c->stats.interface_dropped +=
	    (uint32_t)(now.ps_ifdrop - (uint32_t)c->stats.interface_dropped);
	c->stats.written = c->writer.packets;
	pthread_mutex_unlock(&c->lock);
}

/* Everything that is in handed-over blocks; false when the interface is gone. */
static bool take_all(struct sb_capture *c)
{
	int n;

	do
		n = pcap_dispatch(c->pcap, -1, take_packet, (u_char *)c);
	while (n > 0);
	update_stats(c);
	if (n < 0 && n != PCAP_ERROR_BREAK) {
		sb_fail(&c->failure, SB_EENGINE, 0, "capture on %s ended early: %s", c->ifname,
			pcap_geterr(c->pcap));
		return false;
	}
	return true;
}

/* Milliseconds until what is buffered is due to be written, LOOK_MS where nothing is. */
static int flush_in_ms(const struct sb_capture *c)
{
	int64_t left_ns = c->flushed_ns + FLUSH_MS * SB_NS_PER_MS - sb_mono_ns();

	if (!c->writer.used)
		return LOOK_MS;
	if (sb_clock_is_virtual())
		return 0;
	return left_ns > 0 ? (int)(left_ns / SB_NS_PER_MS) + 1 : 0;
}

static void flush_if_due(struct sb_capture *c)
{
	if (c->writer.used && flush_in_ms(c) == 0) {
		sb_pcap_writer_flush(&c->writer);
		c->flushed_ns = sb_mono_ns();
	}
	atomic_store_explicit(&c->write_error, c->writer.error, memory_order_relaxed);
}

/* How many packets will have been taken when those are that came before now. */
static uint64_t count_until_now(struct sb_capture *c)
{
	update_stats(c);
	/* The kernel counts dropped packets as received, too (packet_getsockopt()). */
	return c->stats.received - c->stats.dropped;
}

/* What arrives from now on is not of this capture: neither in the file nor among the received. */
static void end_intake(struct sb_capture *c)
{
	struct sock_filter none[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
	struct sock_fprog program = {.len = 1, .filter = none};

	/* Not by libpcap, which would throw away what waits.  Should it fail, a few are counted too
	 * many. */
	setsockopt(pcap_fileno(c->pcap), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* As `top -H` shows it, cut to what the kernel keeps of a name. */
static void name_thread(const char *ifname)
{
	char name[16];

	snprintf(name, sizeof(name), "cap-%.11s", ifname);
	pthread_setname_np(pthread_self(), name);
}

static void *run_capture(void *arg)
{
	struct sb_capture *c = arg;
	struct pollfd fds[2] = {{.fd = pcap_get_selectable_fd(c->pcap), .events = POLLIN},
				{.fd = c->stop_fd, .events = POLLIN}};
	int64_t give_up_ns = INT64_MAX;
	uint64_t goal = UINT64_MAX;

	name_thread(c->ifname);
	sb_clock_keep(true);
	while (c->taken < goal && sb_mono_ns() < give_up_ns) {
		int ready = poll(fds, 2, goal == UINT64_MAX ? flush_in_ms(c) : BLOCK_MS);

		sb_clock_moved();
		if (ready < 0 && errno != EINTR) {
			sb_fail(&c->failure, SB_EINTERNAL, errno, "capture on %s: poll", c->ifname);
			break;
		}
		if (fds[1].fd >= 0 && (fds[1].revents || atomic_load(&c->stop))) {
			end_intake(c);
			goal = count_until_now(c);
			give_up_ns = sb_mono_ns() + DRAIN_MS * SB_NS_PER_MS;
			fds[1].fd = -1;
		}
		if (!take_all(c))
			break;
		flush_if_due(c);
	}
	update_stats(c);
	return NULL;
}

static int fail_activate(pcap_t *pcap, int rc, const char *ifname, struct sb_err *err)
{
	const char *why = pcap_geterr(pcap);
	enum sb_code code = SB_EENGINE;

	if (!why[0])
		why = pcap_statustostr(rc);
	if (rc == PCAP_ERROR_PERM_DENIED || rc == PCAP_ERROR_PROMISC_PERM_DENIED)
		return sb_fail(err, SB_EENV, 0, "cannot capture on %s: missing CAP_NET_RAW: %s",
			       ifname, why);
	if (rc == PCAP_ERROR_NO_SUCH_DEVICE || rc == PCAP_ERROR_IFACE_NOT_UP)
		code = SB_EENV;
	return sb_fail(err, code, 0, "cannot capture on %s: %s", ifname, why);
}

/*
 * The kernel copies whole packets into the ring unless a filter says how much it wants, and the
 * ring would hold a tenth of the time.
 */
static int set_filter(pcap_t *pcap, const char *ifname, uint32_t snaplen, struct sb_err *err)
{
	struct bpf_insn take[] = {BPF_STMT(BPF_RET | BPF_K, snaplen)};
	struct bpf_program program = {.bf_len = 1, .bf_insns = take};

	if (pcap_setfilter(pcap, &program))
		return sb_fail(err, SB_EINTERNAL, 0, "filter on %s: %s", ifname, pcap_geterr(pcap));
	return 0;
}

static pcap_t *open_pcap(const char *ifname, uint32_t snaplen, uint32_t buffer_bytes, bool *nano,
			 struct sb_err *err)
{
	char text[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap = pcap_create(ifname, text);
	int rc;

	if (!pcap) {
		sb_fail(err, SB_EINTERNAL, 0, "capture on %s: %s", ifname, text);
		return NULL;
	}
	pcap_set_snaplen(pcap, (int)snaplen);
	pcap_set_promisc(pcap, 0);
	pcap_set_timeout(pcap, sb_clock_is_virtual() ? VIRTUAL_BLOCK_MS : BLOCK_MS);
	pcap_set_buffer_size(pcap, (int)(buffer_bytes < INT32_MAX ? buffer_bytes : INT32_MAX));
	*nano = !pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	rc = pcap_activate(pcap);
	if (rc < 0) {
		fail_activate(pcap, rc, ifname, err);
		goto fail;
	}
	if (pcap_datalink(pcap) != DLT_EN10MB) {
		sb_fail(err, SB_EENV, 0, "%s is not an Ethernet interface", ifname);
		goto fail;
	}
	if (pcap_setnonblock(pcap, 1, text)) {
		sb_fail(err, SB_EINTERNAL, 0, "capture on %s: %s", ifname, text);
		goto fail;
	}
	if (set_filter(pcap, ifname, snaplen, err))
		goto fail;
	return pcap;
fail:
	pcap_close(pcap);
	return NULL;
}

/* Signals are for the threads that know what to do with them. */
static int start_thread(struct sb_capture *c)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&c->thread, NULL, run_capture, c);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	c->running = rc == 0;
	return rc;
}

int sb_capture_open(const char *ifname, int fd, uint32_t snaplen, uint32_t buffer_bytes,
		    struct sb_capture **out, struct sb_err *err)
{
	struct sb_capture *c = sb_alloc(1, sizeof(*c));
	bool nano;
	int rc;

	pthread_mutex_init(&c->lock, NULL);
	c->ifname = sb_strdup(ifname);
	c->snaplen = snaplen;
	c->writer.fd = -1;
	c->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->stop_fd < 0) {
		sb_fail(err, SB_EENV, errno, "capture on %s: eventfd", ifname);
		goto fail;
	}
	c->pcap = open_pcap(ifname, snaplen, buffer_bytes, &nano, err);
	if (!c->pcap)
		goto fail;
	if (sb_pcap_writer_start(&c->writer, fd, snaplen, nano, &c->failure)) {
		*err = c->failure;
		sb_wrap(err, "capture on %s", ifname);
		goto fail;
	}
	rc = start_thread(c);
	if (rc) {
		sb_fail(err, SB_EENV, rc, "capture on %s: thread", ifname);
		goto fail;
	}
	*out = c;
	return 0;
fail:
	/* The file stays the caller's. */
	c->writer.fd = -1;
	sb_capture_free(c);
	return -1;
}

void sb_capture_stats(struct sb_capture *c, struct sb_capture_stats *out)
{
	pthread_mutex_lock(&c->lock);
	*out = c->stats;
	pthread_mutex_unlock(&c->lock);
}

int sb_capture_write_error(struct sb_capture *c)
{
	return atomic_load_explicit(&c->write_error, memory_order_relaxed);
}

int sb_capture_stop(struct sb_capture *c, struct sb_err *err)
{
	uint64_t one = 1;
	struct sb_err written = {0};

	if (c->running) {
		atomic_store(&c->stop, true);
		while (write(c->stop_fd, &one, sizeof(one)) < 0 && errno == EINTR)
			;
		pthread_join(c->thread, NULL);
		c->running = false;
	}
	if (sb_pcap_writer_finish(&c->writer, &written)) {
		*err = written;
		return sb_wrap(err, "capture on %s", c->ifname);
	}
	if (c->failure.code != SB_OK) {
		*err = c->failure;
		return -1;
	}
	return 0;
}

void sb_capture_free(struct sb_capture *c)
{
	struct sb_err ignored = {0};

	if (!c)
		return;
	sb_capture_stop(c, &ignored);
	/* Closing the socket waits for a grace period of the kernel's, tens of milliseconds. */
	if (c->pcap)
		pcap_close(c->pcap);
	sb_close_p(&c->stop_fd);
	pthread_mutex_destroy(&c->lock);
	free(c->ifname);
	free(c);
}
