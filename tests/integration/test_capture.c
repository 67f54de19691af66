// SPDX-License-Identifier: MIT
/* test_capture.c - a capture on a veth holds exactly what was sent, until the moment it is stopped
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "satbed/pcap.h"
#include "netns.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/capture.h"

#define BUFFER (8u << 20)

/* Frames of one test: an EtherType for local experiments (IEEE 802), then a number. */
#define TYPE_TEST 0x88b5

struct sender {
	int fd;
	struct sockaddr_ll to;
	uint8_t frame[1514];
};

static void open_sender(struct sender *s, const char *ifname)
{
	*s = (struct sender){.fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)};
	assert_true(s->fd >= 0);
	s->to = (struct sockaddr_ll){
	    .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(ifname), .sll_halen = 6};
	memset(s->frame, 0xff, 12);
	s->frame[6] = 2;
	s->frame[12] = TYPE_TEST >> 8;
	s->frame[13] = TYPE_TEST & 0xff;
}

static void send_frame(struct sender *s, uint32_t number, size_t len)
{
	ssize_t n;

	memcpy(s->frame + 14, &number, sizeof(number));
	do
		n = sendto(s->fd, s->frame, len, 0, (struct sockaddr *)&s->to, sizeof(s->to));
	while (n < 0 && errno == ENOBUFS);
	assert_int_equal(n, len);
}

static int open_file(void)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static struct sb_capture *open_capture(const char *ifname, int file, uint32_t buffer)
{
	struct sb_capture *c = NULL;
	struct sb_err err = {0};

	/* The capture closes its descriptor; ours stays to read the file back. */
	if (sb_capture_open(ifname, dup(file), 128, buffer, &c, &err))
		fail_msg("%s", err.msg);
	return c;
}

static void stop_capture(struct sb_capture *c)
{
	struct sb_err err = {0};

	if (sb_capture_stop(c, &err))
		fail_msg("%s", err.msg);
}

/* Read the file back: test frames must be numbered 0, 1, 2 ...; returns how many there are. */
static uint32_t count_frames(int file, int64_t from_ns, int64_t to_ns)
{
	char *path = sb_asprintf("/proc/self/fd/%d", file);
	struct sb_err err = {0};
	struct sb_frame f;
	struct sb_pcap *p;
	uint32_t count = 0, number;

	assert_int_equal(sb_pcap_open(path, &p, &err), 0);
	assert_string_equal(sb_pcap_facts(p)->format, "pcap, nanoseconds");
	while (sb_pcap_next(p, &f)) {
		if (f.cap_len < 18 || f.data[12] != TYPE_TEST >> 8)
			continue;
		memcpy(&number, f.data + 14, sizeof(number));
		assert_int_equal(number, count++);
		assert_true(f.cap_len <= 128 && f.cap_len <= f.wire_len);
		assert_true(f.t_ns >= from_ns && f.t_ns <= to_ns);
	}
	assert_string_equal(sb_pcap_facts(p)->damage, "");
	sb_pcap_close(p);
	free(path);
	return count;
}

static void holds_what_was_sent_until_it_stops(void **state)
{
	(void)state;
	for (uint32_t n = 1; n <= 2000; n = n * 4 + 3) {
		int near = open_file(), far = open_file();
		struct sb_capture *a = open_capture("va", near, BUFFER),
				  *b = open_capture("vb", far, BUFFER);
		struct sb_capture_stats stats;
		struct sender s;
		int64_t from_ns = sb_real_ns();

		open_sender(&s, "va");
		for (uint32_t i = 0; i < n; i++)
			send_frame(&s, i, 60 + i % 1400);
		/* At once: what the ring holds must still get out. */
		stop_capture(a);
		stop_capture(b);
		sb_capture_stats(a, &stats);
		assert_int_equal(stats.dropped, 0);
		assert_true(stats.written >= n && stats.written == stats.received);
		/* Sent by one end, received by the other: both directions are captured. */
		assert_int_equal(count_frames(near, from_ns, sb_real_ns()), n);
		assert_int_equal(count_frames(far, from_ns, sb_real_ns()), n);
		sb_capture_free(a);
		sb_capture_free(b);
		close(s.fd);
		close(near);
		close(far);
	}
}

static void *send_until_told(void *arg)
{
	atomic_bool *end = arg;
	struct sender s;

	open_sender(&s, "va");
	for (uint32_t i = 0; !atomic_load(end); i++)
		send_frame(&s, i, 60);
	close(s.fd);
	return NULL;
}

/* What comes after the end is no packet that the capture received and failed to write. */
static void counts_nothing_after_its_end(void **state)
{
	atomic_bool end = false;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, send_until_told, &end), 0);
	for (int i = 0; i < 10; i++) {
		int file = open_file();
		struct sb_capture *c = open_capture("vb", file, BUFFER);
		struct sb_capture_stats stats;

		usleep(20000);
		stop_capture(c);
		sb_capture_stats(c, &stats);
		/* One may be under way while the end is told. */
		assert_in_range(stats.received - stats.dropped - stats.written, 0, 1);
		sb_capture_free(c);
		close(file);
	}
	atomic_store(&end, true);
	pthread_join(thread, NULL);
}

static void counts_while_it_runs(void **state)
{
	int file = open_file();
	struct sb_capture *c = open_capture("va", file, BUFFER);
	int64_t deadline_ns = sb_mono_ns() + 10 * SB_NS_PER_S;
	struct sb_capture_stats stats = {0};
	struct sender s;

	(void)state;
	open_sender(&s, "va");
	for (uint32_t i = 0; i < 100; i++)
		send_frame(&s, i, 60);
	while (stats.received < 100 && sb_mono_ns() < deadline_ns) {
		sched_yield();
		sb_capture_stats(c, &stats);
	}
	assert_true(stats.received >= 100);
	sb_capture_free(c);
	assert_int_equal(count_frames(file, 0, INT64_MAX), 100);
	close(s.fd);
	close(file);
}

static void *stop_in_thread(void *arg)
{
	stop_capture(arg);
	return NULL;
}

/* Everything that comes out of a pipe until its other end is closed. */
static uint8_t *read_pipe(int fd, size_t *len)
{
	size_t room = 16u << 20;
	uint8_t *bytes = sb_alloc(room, 1);
	ssize_t n;

	*len = 0;
	while ((n = read(fd, bytes + *len, room - *len)) > 0)
		*len += (size_t)n;
	assert_int_equal(n, 0);
	return bytes;
}

/* A pipe that nobody reads stops the capture's thread, and then its ring overflows. */
static void counts_what_it_drops(void **state)
{
	struct sb_capture_stats stats;
	struct sb_capture *c = NULL;
	struct sb_err err = {0};
	struct sb_frame frame;
	struct sb_pcap *pcap;
	struct sender s;
	pthread_t stopper;
	int pipe_fds[2];
	uint8_t *bytes;
	size_t len;

	(void)state;
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	assert_int_equal(sb_capture_open("va", pipe_fds[1], 128, 1u << 20, &c, &err), 0);
	open_sender(&s, "va");
	for (uint32_t i = 0; i < 40000; i++)
		send_frame(&s, i, 1000);
	assert_int_equal(pthread_create(&stopper, NULL, stop_in_thread, c), 0);
	bytes = read_pipe(pipe_fds[0], &len);
	pthread_join(stopper, NULL);
	sb_capture_stats(c, &stats);
	assert_true(stats.dropped > 0);
	assert_true(stats.received >= 40000);
	assert_int_equal(stats.written, stats.received - stats.dropped);
	assert_int_equal(sb_pcap_open_memory(bytes, len, &pcap, &err), 0);
	while (sb_pcap_next(pcap, &frame))
		;
	assert_string_equal(sb_pcap_facts(pcap)->damage, "");
	assert_int_equal(sb_pcap_facts(pcap)->records, stats.written);
	sb_pcap_close(pcap);
	sb_capture_free(c);
	free(bytes);
	close(pipe_fds[0]);
	close(s.fd);
}

static void keeps_only_the_first_bytes(void **state)
{
	int file = open_file();
	struct sb_capture *c = open_capture("va", file, BUFFER);
	char *path = sb_asprintf("/proc/self/fd/%d", file);
	struct sb_err err = {0};
	struct sb_pcap *p;
	struct sb_frame f;
	struct sender s;
	bool found = false;

	(void)state;
	open_sender(&s, "va");
	send_frame(&s, 0, 1514);
	stop_capture(c);
	assert_int_equal(sb_pcap_open(path, &p, &err), 0);
	assert_int_equal(sb_pcap_facts(p)->snaplen, 128);
	while (sb_pcap_next(p, &f))
		found |= f.wire_len == 1514 && f.cap_len == 128;
	assert_true(found);
	sb_pcap_close(p);
	sb_capture_free(c);
	free(path);
	close(s.fd);
	close(file);
}

static void reports_a_full_disk_once(void **state)
{
	int file = memfd_create("capture", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct sb_capture *c = open_capture("va", file, BUFFER);
	struct sb_err err = {0};
	struct sender s;

	(void)state;
	assert_int_equal(fcntl(file, F_ADD_SEALS, F_SEAL_GROW), 0);
	open_sender(&s, "va");
	for (uint32_t i = 0; i < 5000; i++)
		send_frame(&s, i, 200);
	assert_int_equal(sb_capture_stop(c, &err), -1);
	assert_int_equal(err.code, SB_EENV);
	assert_non_null(strstr(err.msg, "capture on va: writing the capture file failed"));
	sb_capture_free(c);
	close(s.fd);
	close(file);
}

static void names_what_it_cannot_open(void **state)
{
	struct sb_capture *c = NULL;
	struct sb_err err = {0};
	int file = open_file(), full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(sb_capture_open("nosuch0", file, 128, BUFFER, &c, &err), -1);
	assert_null(c);
	assert_int_equal(err.code, SB_EENV);
	assert_non_null(strstr(err.msg, "nosuch0"));
	err = (struct sb_err){0};
	assert_int_equal(sb_capture_open("va", full, 128, BUFFER, &c, &err), -1);
	assert_int_equal(err.code, SB_EENV);
	assert_int_equal(err.sys, ENOSPC);
	/* On failure the file is still the caller's. */
	assert_int_equal(close(file), 0);
	assert_int_equal(close(full), 0);
}

#define MANY 16

static void *open_and_stop(void *arg)
{
	int file = open_file();
	struct sb_capture *c = open_capture("va", file, 1u << 20);

	(void)arg;
	stop_capture(c);
	sb_capture_free(c);
	close(file);
	return NULL;
}

static void opens_many_at_once(void **state)
{
	pthread_t threads[MANY];

	(void)state;
	for (int i = 0; i < MANY; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, open_and_stop, NULL), 0);
	for (int i = 0; i < MANY; i++)
		pthread_join(threads[i], NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(holds_what_was_sent_until_it_stops),
	    cmocka_unit_test(counts_nothing_after_its_end),
	    cmocka_unit_test(counts_while_it_runs),
	    cmocka_unit_test(counts_what_it_drops),
	    cmocka_unit_test(keeps_only_the_first_bytes),
	    cmocka_unit_test(reports_a_full_disk_once),
	    cmocka_unit_test(names_what_it_cannot_open),
	    cmocka_unit_test(opens_many_at_once),
	};
	int rc = sb_test_enter_netns();

	if (rc)
		return rc;
	if (sb_test_add_veth("va", "vb", -1))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
