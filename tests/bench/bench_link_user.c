// SPDX-License-Identifier: MIT
/*
 * bench_link_user.c - what the user-space link costs: goodput against the bare path, delay error
 *
 *	node A eth0 = veth = [bridge] = veth = eth0 node B
 *
 * All segmentation offloads are off, in both arms, so both carry the same frames.  The shaped arm
 * has a shaper in each direction, without rate and delay, so that nothing but its own cost shows.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <math.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netns.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/link.h"
#include "satbed/net.h"

#define RUNS	     7
#define RUN_NS	     (800 * SB_NS_PER_MS)
#define WARM_NS	     (200 * SB_NS_PER_MS)
#define PORT	     5001
#define ADDR_A	     "10.9.0.1"
#define ADDR_B	     "10.9.0.2"
#define HOST_A	     "sbba"
#define HOST_B	     "sbbb"
#define MTU	     1500u
#define PROBES	     4000
#define PROBE_LEN    1000u /* UDP payload */
#define PROBE_GAP_NS SB_NS_PER_MS

static int node_a = -1, node_b = -1;

static void die(const char *what)
{
	fprintf(stderr, "bench_link_user: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void must(int rc, const char *what, const struct sb_err *err)
{
	if (!rc)
		return;
	fprintf(stderr, "bench_link_user: %s: %s\n", what, err ? err->msg : "failed");
	exit(1);
}

static void enter(int netns)
{
	if (sb_test_setns(netns))
		die("setns");
}

static void settle_node(int netns, const char *addr)
{
	int self = sb_test_self_netns();
	struct sb_rtnl nl;
	struct sb_err err = {0};

	enter(netns);
	must(sb_rtnl_open(&nl, &err), "netlink", &err);
	must(sb_offloads_off(&nl, "eth0", &err), "offloads", &err);
	sb_rtnl_close(&nl);
	must(sb_test_add_addr4("eth0", addr), "address", NULL);
	enter(self);
	close(self);
}

static void build_path(void)
{
	static const char *const hosts[] = {HOST_A, HOST_B};
	struct sb_rtnl nl;
	struct sb_err err = {0};

	node_a = sb_test_new_netns();
	node_b = sb_test_new_netns();
	if (node_a < 0 || node_b < 0)
		exit(1);
	must(sb_rtnl_open(&nl, &err), "netlink", &err);
	must(sb_rtnl_add_bridge(&nl, "sbbr", MTU, &err), "bridge", &err);
	must(sb_test_add_veth(HOST_A, "eth0", node_a), "veth", NULL);
	must(sb_test_add_veth(HOST_B, "eth0", node_b), "veth", NULL);
	for (size_t i = 0; i < SB_ARRAY_LEN(hosts); i++) {
		must(sb_rtnl_set_master(&nl, hosts[i], "sbbr", &err), "bridge port", &err);
		must(sb_offloads_off(&nl, hosts[i], &err), "offloads", &err);
	}
	sb_rtnl_close(&nl);
	settle_node(node_a, ADDR_A);
	settle_node(node_b, ADDR_B);
}

/* One run of a TCP flow from A to B; goodput at the receiver after the warm-up. */
struct blast_result {
	int64_t bytes, ns, cpu_us;
};

static int64_t cpu_us(void)
{
	struct rusage self, children;

	getrusage(RUSAGE_SELF, &self);
	getrusage(RUSAGE_CHILDREN, &children);
	return (self.ru_utime.tv_sec + self.ru_stime.tv_sec + children.ru_utime.tv_sec +
		children.ru_stime.tv_sec) *
		   INT64_C(1000000) +
	       self.ru_utime.tv_usec + self.ru_stime.tv_usec + children.ru_utime.tv_usec +
	       children.ru_stime.tv_usec;
}

static void receive_flow(int listener, int out)
{
	static char buf[256 * 1024];
	struct blast_result r = {0};
	int fd = accept(listener, NULL, NULL);
	int64_t from_ns = 0, now_ns, begin_ns = sb_mono_ns();
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		now_ns = sb_mono_ns();
		if (now_ns - begin_ns < WARM_NS)
			continue;
		if (!from_ns) {
			from_ns = now_ns;
			continue;
		}
		r.bytes += n;
		r.ns = now_ns - from_ns;
		if (r.ns > RUN_NS)
			break;
	}
	if (write(out, &r, sizeof(r)) != sizeof(r))
		_exit(1);
	_exit(0);
}

static void send_flow(void)
{
	static char buf[256 * 1024];
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int fd;

	signal(SIGPIPE, SIG_IGN);
	enter(node_a);
	inet_pton(AF_INET, ADDR_B, &to.sin_addr);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		_exit(1);
	while (write(fd, buf, sizeof(buf)) > 0)
		;
	_exit(0);
}

static int open_listener(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int self = sb_test_self_netns(), one = 1, fd;

	enter(node_b);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 1))
		die("listen");
	enter(self);
	close(self);
	return fd;
}

static struct blast_result blast(void)
{
	struct blast_result r = {0};
	int listener = open_listener(), out[2];
	int64_t cpu_before = cpu_us();
	pid_t rx, tx;

	if (pipe(out))
		die("pipe");
	rx = fork();
	if (!rx) {
		enter(node_b);
		receive_flow(listener, out[1]);
	}
	tx = fork();
	if (!tx)
		send_flow();
	if (rx < 0 || tx < 0)
		die("fork");
	close(out[1]);
	close(listener);
	if (read(out[0], &r, sizeof(r)) != sizeof(r))
		die("receiver");
	close(out[0]);
	waitpid(rx, NULL, 0);
	waitpid(tx, NULL, 0);
	r.cpu_us = cpu_us() - cpu_before;
	return r;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(double *v, size_t n, double q)
{
	qsort(v, n, sizeof(*v), compare);
	return v[(size_t)(q * (double)(n - 1) + 0.5)];
}

static struct sb_shaper *shape(const char *ifname, const struct sb_link_state *state)
{
	struct sb_link_dir dir = {.initial = *state,
				  .queue_bytes = 1 << 20,
				  .queue_packets = 1000,
				  .seed = 7,
				  .max_rate_bps = state->rate_bps,
				  .max_delay_ns = state->delay_ns};
	struct sb_shaper *s = NULL;
	struct sb_err err = {0};

	must(sb_link_user.attach(ifname, &dir, MTU, &s, &err), "attach", &err);
	return s;
}

static double gbps(const struct blast_result *r)
{
	return r->ns ? (double)r->bytes * 8 / (double)r->ns : 0;
}

static void bench_goodput(void)
{
	static const struct sb_link_state nothing;
	double bare[RUNS], shaped[RUNS], ratio, cpu_bare = 0, cpu_shaped = 0;
	int64_t failed = 0, late = 0, arrived = 0;

	for (int i = 0; i < RUNS; i++) {
		struct sb_link_counters c;
		struct sb_shaper *a, *b;
		struct blast_result r = blast();

		bare[i] = gbps(&r);
		cpu_bare += (double)r.cpu_us / RUNS;
		a = shape(HOST_A, &nothing);
		b = shape(HOST_B, &nothing);
		r = blast();
		shaped[i] = gbps(&r);
		cpu_shaped += (double)r.cpu_us / RUNS;
		sb_link_user.counters(b, &c, NULL);
		failed += c.failed;
		late += c.late;
		arrived += c.arrived;
		sb_link_user.counters(a, &c, NULL);
		failed += c.failed;
		late += c.late;
		sb_link_user.detach(a);
		sb_link_user.detach(b);
	}
	ratio = quantile(shaped, RUNS, 0.5) / quantile(bare, RUNS, 0.5);
	printf(
	    "{\"metric\":\"user_goodput_ratio\",\"value\":%.3f,\"unit\":\"ratio\",\"goal\":\">= "
	    "0.5\",\"detail\":{\"shaped_gbps\":%.3f,\"bare_gbps\":%.3f,\"runs\":%d,\"failed\":%lld,"
	    "\"late\":%lld,\"data_packets\":%lld}}\n",
	    ratio, shaped[RUNS / 2], bare[RUNS / 2], RUNS, (long long)failed, (long long)late,
	    (long long)arrived);
	fprintf(
	    stderr,
	    "user link: %.2f of %.2f Gbit/s (%.0f %%), CPU %.0f and %.0f ms a run, %lld failed, "
	    "%lld late\n",
	    shaped[RUNS / 2], bare[RUNS / 2], 100 * ratio, cpu_shaped / 1000, cpu_bare / 1000,
	    (long long)failed, (long long)late);
}

/* A packet ring that only remembers the stamp of each probe. */
struct watch {
	int fd;
	uint8_t *ring;
};

#define WATCH_SLOT  256u
#define WATCH_SLOTS 8192u

static struct watch watch_open(const char *ifname)
{
	struct tpacket_req req = {.tp_block_size = 1 << 16,
				  .tp_block_nr = WATCH_SLOTS * WATCH_SLOT >> 16,
				  .tp_frame_size = WATCH_SLOT,
				  .tp_frame_nr = WATCH_SLOTS};
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int version = TPACKET_V2;
	struct watch w = {.fd = socket(AF_PACKET, SOCK_RAW, 0)};
	void *ring;

	at.sll_ifindex = (int)if_nametoindex(ifname);
	if (w.fd < 0 || setsockopt(w.fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(w.fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)))
		die("watch");
	ring = mmap(NULL, WATCH_SLOTS * WATCH_SLOT, PROT_READ | PROT_WRITE, MAP_SHARED, w.fd, 0);
	if (ring == MAP_FAILED || bind(w.fd, (struct sockaddr *)&at, sizeof(at)))
		die("watch");
	w.ring = ring;
	return w;
}

/* Stamps by probe number; 0 = not seen. */
static void watch_read(struct watch *w, int64_t *stamps)
{
	const size_t payload = ETH_HLEN + sizeof(struct iphdr) + sizeof(struct udphdr);

	for (uint32_t i = 0; i < WATCH_SLOTS; i++) {
		const struct tpacket2_hdr *h = (void *)(w->ring + i * WATCH_SLOT);
		const uint8_t *frame = (const uint8_t *)h + h->tp_mac;
		uint32_t number;

		if (!(h->tp_status & TP_STATUS_USER))
			break;
		if (h->tp_len != payload + PROBE_LEN)
			continue;
		memcpy(&number, frame + payload, sizeof(number));
		if (number < PROBES)
			stamps[number] = (int64_t)h->tp_sec * SB_NS_PER_S + h->tp_nsec;
	}
	munmap(w->ring, WATCH_SLOTS * WATCH_SLOT);
	close(w->fd);
}

static void send_probes(void)
{
	static char buf[PROBE_LEN];
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int64_t at_ns;
	int fd;

	enter(node_a);
	inet_pton(AF_INET, ADDR_B, &to.sin_addr);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	at_ns = sb_mono_ns();
	for (uint32_t i = 0; i < PROBES; i++) {
		memcpy(buf, &i, sizeof(i));
		sendto(fd, buf, sizeof(buf), 0, (struct sockaddr *)&to, sizeof(to));
		at_ns += PROBE_GAP_NS;
		sb_sleep_until_ns(at_ns);
	}
	_exit(0);
}

static void bench_delay(const char *metric, const struct sb_link_state *state)
{
	static int64_t in[PROBES], out[PROBES];
	static double error_us[PROBES];
	const int64_t frame_bits =
	    8 * (ETH_HLEN + sizeof(struct iphdr) + sizeof(struct udphdr) + PROBE_LEN);
	struct watch before, after;
	struct sb_shaper *s;
	int64_t tx_ns = 0, free_ns = 0;
	size_t n = 0;
	double p50, p99, worst;
	pid_t tx;

	memset(in, 0, sizeof(in));
	memset(out, 0, sizeof(out));
	if (state->rate_bps)
		tx_ns = frame_bits * SB_NS_PER_S / (int64_t)state->rate_bps;
	before = watch_open(HOST_A);
	after = watch_open(HOST_B);
	s = shape(HOST_B, state);
	tx = fork();
	if (!tx)
		send_probes();
	waitpid(tx, NULL, 0);
	sb_sleep_until_ns(sb_mono_ns() + state->delay_ns + 100 * SB_NS_PER_MS);
	watch_read(&before, in);
	watch_read(&after, out);
	sb_link_user.detach(s);
	for (size_t i = 0; i < PROBES; i++) {
		if (!in[i])
			continue;
		if (free_ns < in[i])
			free_ns = in[i];
		free_ns += tx_ns;
		if (out[i])
			error_us[n++] = (double)(out[i] - free_ns - state->delay_ns) / 1000;
	}
	if (!n) {
		fprintf(stderr, "bench_link_user: no probe arrived\n");
		exit(1);
	}
	p50 = quantile(error_us, n, 0.5);
	p99 = quantile(error_us, n, 0.99);
	worst = error_us[n - 1];
	printf("{\"metric\":\"%s_p50\",\"value\":%.1f,\"unit\":\"us\",\"goal\":\"<= 20\"}\n",
	       metric, p50);
	printf("{\"metric\":\"%s_p99\",\"value\":%.1f,\"unit\":\"us\",\"goal\":\"<= 200\","
	       "\"detail\":{\"max_us\":%.1f,\"min_us\":%.1f,\"packets\":%zu,\"sent\":%d}}\n",
	       metric, p99, worst, error_us[0], n, PROBES);
	fprintf(stderr, "%s: p50 %.1f us, p99 %.1f us, max %.1f us of %zu packets\n", metric, p50,
		p99, worst, n);
}

int main(void)
{
	const struct sb_link_state delayed = {.delay_ns = 20 * SB_NS_PER_MS};
	const struct sb_link_state limited = {.delay_ns = 20 * SB_NS_PER_MS, .rate_bps = 20000000};
	int rc = sb_test_enter_netns();

	if (rc)
		return rc;
	build_path();
	bench_delay("user_delay_error", &delayed);
	bench_delay("user_delay_error_with_rate", &limited);
	bench_goodput();
	return 0;
}
