// SPDX-License-Identifier: MIT
/*
 * user_port.c - a sink that drops everything, a packet ring that sees it on its way in
 *
 * Frames are redirected to a TAP, whose driver drops them at once (its filter accepts nothing), or,
 * where /dev/net/tun is out of reach, to a veth whose peer takes nothing.  Just before, the kernel
 * shows them to packet sockets (net/core/dev.c, dev_queue_xmit_nit()): ours has a memory-mapped
 * ring, so taking a frame costs no system call, and every frame bears the time at which it came.
 * TPACKET_V2 and not V3, because V3 hands over whole blocks, after milliseconds.
 *
 * Checksums stay as they are, finished or left to the device: a virtio header before each frame
 * carries that through, both ways, so neither we nor the receiver compute what a veth would not.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <linux/net_tstamp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/parallel.h"
#include "satbed/net.h"
#include "source_filter.h"
#include "user_port.h"
#include "user_tc.h"

#define RING_BLOCK_BYTES (1u << 16)
#define MARK_BASE	 0x5a7b0000u
#define SEND_BUFFER	 (4 << 20)
#define SEND_WAIT_NS	 (10 * SB_NS_PER_MS)

static int open_tap(struct sb_port *p, struct sb_err *err)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog drop_all = {.len = 1, .filter = &nothing};
	struct ifreq ifr = {.ifr_name = "sbtap%d", .ifr_flags = IFF_TAP | IFF_NO_PI};

	if (ioctl(p->tap_fd, TUNSETIFF, &ifr))
		return sb_fail(
		    err, SB_EENV, errno,
		    "cannot create a TAP: CAP_NET_ADMIN over this network namespace is needed");
	memcpy(p->sink_name, ifr.ifr_name, sizeof(p->sink_name));
	/* No segmentation: frames arrive as the wire would carry them. */
	if (ioctl(p->tap_fd, TUNSETOFFLOAD, TUN_F_CSUM) ||
	    ioctl(p->tap_fd, TUNATTACHFILTER, &drop_all))
		return sb_fail(err, SB_EENV, errno, "cannot configure the TAP %s", p->sink_name);
	return 0;
}

/*
 * A veth drops what is longer than its peer's MTU (net/core/dev.c, __is_skb_forwardable()): at
 * SB_SINK_MTU that is nearly everything, at once.  The filter is for the rest.
 */
static int open_veth(struct sb_port *p, struct sb_rtnl *nl, struct sb_err *err)
{
	char peer_name[IFNAMSIZ];
	struct sb_veth_half sink = {.ifname = p->sink_name, .netns_fd = -1};
	struct sb_veth_half peer = {.ifname = peer_name, .netns_fd = -1};

	snprintf(peer_name, sizeof(peer_name), "sbd%d", p->ifindex);
	snprintf(p->sink_name, sizeof(p->sink_name), "sbs%d", p->ifindex);
	if (sb_rtnl_add_veth(nl, &sink, &peer, SB_SINK_MTU, err)) {
		p->sink_name[0] = '\0'; /* one of that name is not ours to delete */
		return -1;
	}
	if (sb_offloads_off(nl, p->sink_name, err))
		return -1;
	if (sb_user_tc_drop_ingress(nl, peer_name, sb_rtnl_ifindex(nl, peer_name), err))
		return -1;
	return sb_rtnl_set_up(nl, peer_name, err);
}

static int open_sink(struct sb_port *p, struct sb_rtnl *nl, enum sb_sink sink, struct sb_err *err)
{
	int rc;

	if (sink != SB_SINK_VETH) {
		p->tap_fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
		if (p->tap_fd < 0 && sink == SB_SINK_TAP)
			return sb_fail(err, SB_EENV, errno,
				       "cannot open /dev/net/tun: load it with `modprobe tun`, or "
				       "give the container the device (--device /dev/net/tun)");
	}
	rc = p->tap_fd >= 0 ? open_tap(p, err) : open_veth(p, nl, err);
	if (rc)
		return -1;
	p->sink_ifindex = sb_rtnl_ifindex(nl, p->sink_name);
	return sb_user_tc_ready_sink(nl, p->sink_name, p->sink_ifindex, err);
}

static uint32_t slot_bytes_for(uint32_t mtu)
{
	uint32_t need = TPACKET_ALIGN(TPACKET2_HDRLEN) + TPACKET_ALIGN(ETH_HLEN) + SB_PORT_HEADER +
			mtu + 16; /* VLAN tags */
	uint32_t size = 2048;

	while (size < need)
		size *= 2;
	return size;
}

static int open_ring(struct sb_port *p, uint32_t mtu, struct sb_err *err)
{
	struct tpacket_req req = {.tp_block_size = RING_BLOCK_BYTES};
	int version = TPACKET_V2, on = 1;
	void *ring;

	p->slot_bytes = slot_bytes_for(mtu);
	if (req.tp_block_size < p->slot_bytes)
		req.tp_block_size = p->slot_bytes;
	req.tp_frame_size = p->slot_bytes;
	req.tp_frame_nr = p->slots;
	req.tp_block_nr = p->slots / (req.tp_block_size / p->slot_bytes);
	if (setsockopt(p->sock_fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(p->sock_fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) ||
	    setsockopt(p->sock_fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)))
		return sb_fail(err, SB_EENV, errno, "cannot create a packet ring (CONFIG_PACKET)");
	ring = mmap(NULL, (size_t)p->slots * p->slot_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		    p->sock_fd, 0);
	if (ring == MAP_FAILED)
		return sb_fail(err, SB_EENV, errno, "cannot map the packet ring");
	p->ring = ring;
	return 0;
}

static int filter_source(int sock_fd, const uint8_t own[ETH_ALEN])
{
	struct sock_filter ops[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 4), /* as from itself */
	    SB_BPF_BY_SOURCE(own, 0, UINT32_MAX),
	};
	struct sock_fprog filter = {.len = SB_ARRAY_LEN(ops), .filter = ops};

	return setsockopt(sock_fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
}

/*
 * What somebody sends out of the sink itself, or into a veth's other half, was not redirected.  The
 * address is set to what it is: udev gives another to an interface whose address nobody has set.
 */
static int take_only_redirected(struct sb_port *p, struct sb_err *err)
{
	struct ifreq ifr = {0};
	const uint8_t *own = (const uint8_t *)ifr.ifr_hwaddr.sa_data;

	memcpy(ifr.ifr_name, p->sink_name, sizeof(ifr.ifr_name));
	if (ioctl(p->sock_fd, SIOCGIFHWADDR, &ifr) || ioctl(p->sock_fd, SIOCSIFHWADDR, &ifr))
		return sb_fail(err, SB_EENV, errno, "cannot set the hardware address of %s",
			       p->sink_name);
	if (filter_source(p->sock_fd, own))
		return sb_fail(err, SB_EENV, errno, "cannot filter what enters %s", p->sink_name);
	return 0;
}

static int open_socket(struct sb_port *p, uint32_t mtu, struct sb_err *err)
{
	struct sockaddr_ll from = {.sll_family = AF_PACKET,
				   .sll_protocol = htons(ETH_P_ALL),
				   .sll_ifindex = p->sink_ifindex};
	int buffer = SEND_BUFFER;

	/* No protocol yet: it must not see other interfaces' packets before it is bound. */
	p->sock_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (p->sock_fd < 0)
		return sb_fail(err, SB_EENV, errno,
			       "cannot open a packet socket: CAP_NET_RAW over this network "
			       "namespace is needed");
	if (open_ring(p, mtu, err) || take_only_redirected(p, err))
		return -1;
	if (setsockopt(p->sock_fd, SOL_SOCKET, SO_MARK, &p->mark, sizeof(p->mark)))
		return sb_fail(err, SB_EENV, errno,
			       "cannot mark packets: CAP_NET_ADMIN over this network namespace is "
			       "needed");
	setsockopt(p->sock_fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	if (bind(p->sock_fd, (struct sockaddr *)&from, sizeof(from)))
		return sb_fail(err, SB_EENV, errno, "cannot listen on %s", p->sink_name);
	return 0;
}

static int open_with(struct sb_port *p, struct sb_rtnl *nl, uint32_t mtu, enum sb_sink sink,
		     struct sb_err *err)
{
	p->ifindex = sb_rtnl_ifindex(nl, p->ifname);
	if (!p->ifindex)
		return sb_fail(err, SB_EENV, 0, "no interface %s", p->ifname);
	/* One mark per interface: a packet that crosses two shaped ones is shaped twice. */
	p->mark = MARK_BASE | ((uint32_t)p->ifindex & 0xffff);
	if (open_sink(p, nl, sink, err))
		return -1;
	return open_socket(p, mtu, err);
}

int sb_port_open(struct sb_port *p, const char *ifname, uint32_t mtu, uint32_t slots,
		 enum sb_sink sink, struct sb_err *err)
{
	struct sb_rtnl nl;
	int rc;

	*p = (struct sb_port){.tap_fd = -1, .sock_fd = -1, .slots = slots};
	if (sb_copy_str(p->ifname, sizeof(p->ifname), ifname))
		return sb_fail(err, SB_EINTERNAL, 0, "\"%s\" is not a valid interface name",
			       ifname);
	if (sb_rtnl_open(&nl, err))
		return -1;
	rc = open_with(p, &nl, mtu, sink, err);
	sb_rtnl_close(&nl);
	if (rc)
		sb_port_close(p);
	return rc;
}

/*
 * Departures ahead of their time, where nobody wakes up for each (decision 0037).  Where the kernel
 * lacks something of it they are sent one by one as ever.
 */
static void prepare_ahead(struct sb_port *p, struct sb_rtnl *nl)
{
	struct sock_txtime by = {.clockid = CLOCK_MONOTONIC};

	if (!setsockopt(p->sock_fd, SOL_SOCKET, SO_TXTIME, &by, sizeof(by)))
		p->ahead = !sb_user_tc_add_fq(nl, p->ifindex);
}

int sb_port_steer(struct sb_port *p, struct sb_err *err)
{
	struct sb_rtnl nl;
	int rc;

	if (sb_rtnl_open(&nl, err))
		return -1;
	rc = sb_user_tc_redirect(&nl, p->ifname, p->ifindex, p->sink_ifindex, p->mark, err);
	if (!rc && sb_clock_is_virtual())
		prepare_ahead(p, &nl);
	sb_rtnl_close(&nl);
	p->steered = !rc;
	return rc;
}

void sb_port_unsteer(struct sb_port *p)
{
	struct sb_rtnl nl;

	if (!p->steered || sb_rtnl_open(&nl, NULL))
		return;
	if (p->ahead)
		sb_user_tc_delete_fq(&nl, p->ifindex);
	p->ahead = false;
	sb_user_tc_restore(&nl, p->ifindex);
	sb_rtnl_close(&nl);
	p->steered = false;
}

static void close_sink(struct sb_port *p)
{
	struct sb_rtnl nl;

	if (p->tap_fd >= 0) {
		sb_close_p(&p->tap_fd);
	} else if (p->sink_name[0] && !sb_rtnl_open(&nl, NULL)) {
		sb_rtnl_delete_link(&nl, p->sink_name, NULL);
		sb_rtnl_close(&nl);
	}
	p->sink_name[0] = '\0';
}

static int close_one(void *arg, size_t i, struct sb_err *err)
{
	struct sb_port *p = arg;

	(void)err;
	if (i)
		close_sink(p);
	else
		sb_close_p(&p->sock_fd);
	return 0;
}

void sb_port_close(struct sb_port *p)
{
	sb_port_unsteer(p);
	if (p->ring)
		munmap(p->ring, (size_t)p->slots * p->slot_bytes);
	p->ring = NULL;
	/* Either waits for grace periods of the kernel, some 30 ms; both together no longer. */
	sb_parallel(2, close_one, p, NULL);
}

static struct tpacket2_hdr *slot_at(const struct sb_port *p, uint32_t slot)
{
	return (struct tpacket2_hdr *)(p->ring + (size_t)slot * p->slot_bytes);
}

bool sb_port_ready(const struct sb_port *p)
{
	return __atomic_load_n(&slot_at(p, p->next)->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER;
}

bool sb_port_peek(const struct sb_port *p, int64_t *real_ns)
{
	const struct tpacket2_hdr *h = slot_at(p, p->next);

	if (!sb_port_ready(p))
		return false;
	*real_ns = h->tp_sec * SB_NS_PER_S + h->tp_nsec;
	return true;
}

uint8_t *sb_port_frame(const struct sb_port *p, uint32_t slot)
{
	struct tpacket2_hdr *h = slot_at(p, slot);

	return (uint8_t *)h + h->tp_mac - SB_PORT_HEADER;
}

bool sb_port_take(struct sb_port *p, struct sb_port_frame *out, uint32_t *slot)
{
	struct tpacket2_hdr *h = slot_at(p, p->next);

	if (!sb_port_ready(p))
		return false;
	out->data = sb_port_frame(p, p->next);
	out->len = h->tp_len;
	out->whole = h->tp_snaplen == h->tp_len;
	out->real_ns = (int64_t)h->tp_sec * SB_NS_PER_S + h->tp_nsec;
	out->tagged = h->tp_status & TP_STATUS_VLAN_VALID;
	out->vlan_tci = h->tp_vlan_tci;
	out->vlan_tpid = h->tp_status & TP_STATUS_VLAN_TPID_VALID ? h->tp_vlan_tpid : ETH_P_8021Q;
	*slot = p->next;
	p->next = (p->next + 1) & (p->slots - 1);
	return true;
}

void sb_port_release(struct sb_port *p, uint32_t slot)
{
	__atomic_store_n(&slot_at(p, slot)->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

/* Where frames wait for their time there is room when half of them have left. */
static void wait_for_room(const struct sb_port *p)
{
	struct pollfd pfd = {.fd = p->sock_fd, .events = POLLOUT};

	poll(&pfd, 1, p->ahead ? (int)(SEND_WAIT_NS / SB_NS_PER_MS) : 1);
	sb_clock_moved();
}

/* When to leave, as the kernel wants to be told. */
struct departure_time {
	_Alignas(struct cmsghdr) char buf[CMSG_SPACE(sizeof(uint64_t))];
};

static void put_departure(struct msghdr *msg, struct departure_time *at, int64_t depart_ns)
{
	uint64_t ns = (uint64_t)depart_ns;
	struct cmsghdr *head;

	msg->msg_control = at->buf;
	msg->msg_controllen = sizeof(at->buf);
	head = CMSG_FIRSTHDR(msg);
	*head = (struct cmsghdr){
	    .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_TXTIME, .cmsg_len = CMSG_LEN(sizeof(ns))};
	memcpy(CMSG_DATA(head), &ns, sizeof(ns));
}

uint32_t sb_port_send(struct sb_port *p, struct iovec *frames, const int64_t *depart_ns,
		      uint32_t count, bool *sent)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = p->ifindex};
	struct departure_time at[SB_PORT_BATCH];
	struct mmsghdr msgs[SB_PORT_BATCH];
	uint32_t done = 0, went = 0;
	int64_t give_up_ns = 0;

	for (uint32_t i = 0; i < count; i++) {
		msgs[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &to,
						       .msg_namelen = sizeof(to),
						       .msg_iov = &frames[i],
						       .msg_iovlen = 1}};
		if (p->ahead && depart_ns)
			put_departure(&msgs[i].msg_hdr, &at[i], depart_ns[i]);
	}
	while (done < count) {
		int n = sendmmsg(p->sock_fd, msgs + done, count - done, MSG_DONTWAIT);

		if (n > 0) {
			for (int i = 0; i < n; i++)
				sent[done++] = true;
			went += (uint32_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN) {
			if (!give_up_ns)
				give_up_ns = sb_mono_ns() + SEND_WAIT_NS;
			if (sb_mono_ns() < give_up_ns) {
				wait_for_room(p);
				continue;
			}
		}
		sent[done++] = false;
	}
	return went;
}

uint64_t sb_port_dropped(struct sb_port *p)
{
	struct tpacket_stats st;
	socklen_t len = sizeof(st);

	/* Reading resets the kernel's counter. */
	if (!getsockopt(p->sock_fd, SOL_PACKET, PACKET_STATISTICS, &st, &len))
		p->dropped += st.tp_drops;
	return p->dropped;
}
