// SPDX-License-Identifier: MIT
/* schema.c - the one table of sections and keys */
#include "schema.h"

#include <stdio.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/units.h"

#define MS   (1000 * 1000)
#define SEC  (UINT64_C(1000) * MS)
#define HOUR (3600 * SEC)

const struct sb_section_row sb_section_rows[SB_SEC_COUNT] = {
    [SB_SEC_SCENARIO] =
	{"scenario", false, "[scenario]",
	 "What the run is called, how long it takes, and the seed of everything random."},
    [SB_SEC_TESTBED] = {"testbed", false, "[testbed]",
			"What the nodes run on, and what all links have in common."},
    [SB_SEC_LINK] =
	{"link", false,
	 "[link]  [link.up]  [link.down]  [link.clientN]  [link.clientN.up]  [link.clientN.down]",
	 "One direction of a satellite link: up is client to server, down is server to client. The "
	 "most specific section that has a key wins: "
	 "[link.clientN.up], then [link.clientN], then [link.up], then [link]. The order of "
	 "packets is kept, except by reorder."},
    [SB_SEC_EVENT] = {"event", true, "[event.NAME]",
		      "Something that happens to a link at given times. All times and values are "
		      "drawn once, from the seed, and kept in the plan. "
		      "Both directions of a link share its instants, its chance and its outages; "
		      "delay and rate steps are drawn for each direction. "
		      "Steps are relative to the link's base values and hold until the event's "
		      "next occurrence, or as long as `for` says. "
		      "Where events overlap, delay steps add up, rate steps multiply, the latest "
		      "loss holds, and any outage is an outage."},
    [SB_SEC_FLOW] = {"flow", true, "[flow.NAME]",
		     "One transfer between a client and the server. The client always connects."},
    [SB_SEC_EXPECT] = {"expect", false, "[expect]",
		       "What must hold after the run, or its exit status is 1: comparisons are >=, "
		       ">, <=, < and =, and must hold for every client."},
};

const struct sb_key_row sb_key_rows[SB_KEY_COUNT] = {
    [SB_KEY_NAME] = {SB_SEC_SCENARIO, "name", SB_TYPE_NAME, 1, SB_NAME_MAX - 1,
		     .standard = "unnamed",
		     .help = "What the run is called in reports and in the names of its files.",
		     .example = "leo-lossy"},
    [SB_KEY_ABOUT] = {SB_SEC_SCENARIO, "about", SB_TYPE_TEXT, 1, 180,
		      .help = "One line that says what this link is like.",
		      .example = "LEO terminal with bursty loss"},
    [SB_KEY_DURATION] = {SB_SEC_SCENARIO, "duration", SB_TYPE_TIME, SEC, 24 * HOUR,
			 .standard = "30s",
			 .help = "How long the run lasts, from the first flow's possible start to "
				 "the end of all flows.",
			 .example = "30s"},
    [SB_KEY_SEED] = {SB_SEC_SCENARIO, "seed", SB_TYPE_COUNT, 0, UINT64_MAX, .standard = "1",
		     .help = "Start of all random numbers: the same scenario and seed give the "
			     "same plan on every machine.",
		     .example = "7"},

    [SB_KEY_ENGINE] = {SB_SEC_TESTBED, "engine", SB_TYPE_WORD,
		       .words = "auto|native|docker|docker-rootless|podman|podman-rootless",
		       .later = "docker|docker-rootless|podman|podman-rootless", .standard = "auto",
		       .help = "What runs the nodes. native makes namespaces itself and needs "
			       "neither a daemon nor root.",
		       .example = "native"},
    [SB_KEY_PATH] =
	{SB_SEC_TESTBED, "path", SB_TYPE_WORD, .words = "bridge|slirp|pasta",
	 .later = "slirp|pasta", .standard = "bridge",
	 .help = "How packets travel between client and server. bridge: veth, bridge, veth.",
	 .example = "bridge"},
    [SB_KEY_BACKEND] = {SB_SEC_TESTBED, "backend", SB_TYPE_WORD, .words = "auto|netem|user",
			.standard = "auto",
			.help = "What impairs: the kernel's netem, or satbed's own link in user "
				"space, which every kernel has. auto takes netem where it works.",
			.example = "user"},
    [SB_KEY_CLIENTS] =
	{SB_SEC_TESTBED, "clients", SB_TYPE_COUNT, 1, SB_MAX_CLIENTS, .standard = "1",
	 .help = "Number of clients; each has its own network and its own link to the server.",
	 .example = "2"},
    [SB_KEY_IMAGE] =
	{SB_SEC_TESTBED, "image", SB_TYPE_TEXT, 1, 180, .standard = "ubuntu:22.04",
	 .help = "Container image of the nodes; native runs them on the machine's own files.",
	 .example = "ubuntu:22.04"},
    [SB_KEY_IP] = {SB_SEC_TESTBED, "ip", SB_TYPE_WORD, .words = "4|6", .standard = "4",
		   .help = "IP version of the flows; addresses of both are configured.",
		   .example = "6"},
    [SB_KEY_MTU] =
	{SB_SEC_TESTBED, "mtu", SB_TYPE_BYTES, 1280, 65535, .standard = "1500B",
	 .help = "MTU of every interface on the path, at least what IPv6 demands (RFC 8200).",
	 .example = "1500B"},
    [SB_KEY_SAMPLE] = {SB_SEC_TESTBED, "sample", SB_TYPE_TIME, 10 * MS, 10 * SEC,
		       .standard = "100ms",
		       .help = "Period of the TCP_INFO samples and width of the throughput bins.",
		       .example = "100ms"},
    [SB_KEY_SNAPLEN] =
	{SB_SEC_TESTBED, "capture_snaplen", SB_TYPE_BYTES, 128, 65535, .standard = "128B",
	 .help = "Bytes kept of each captured packet; the analysis needs the headers only.",
	 .example = "256B"},

    [SB_KEY_DELAY] =
	{SB_SEC_LINK, "delay", SB_TYPE_TIME, 0, 60 * SEC, .standard = "0ms",
	 .help =
	     "One-way delay of this direction, without queueing. The round trip is up plus down.",
	 .example = "25ms"},
    [SB_KEY_JITTER] = {SB_SEC_LINK, "jitter", SB_TYPE_TIME, 0, 10 * SEC, .standard = "0ms",
		       .help = "Standard deviation of the delay, which is drawn anew every "
			       "jitter_every and constant in between: packets keep their order.",
		       .example = "3ms"},
    [SB_KEY_JITTER_EVERY] = {SB_SEC_LINK, "jitter_every", SB_TYPE_TIME, MS, 60 * SEC,
			     .standard = "20ms", .help = "How long a drawn delay stays.",
			     .example = "100ms"},
    [SB_KEY_RATE] =
	{SB_SEC_LINK, "rate", SB_TYPE_LINK_RATE, 1000, UINT64_C(100000000000),
	 .standard = "unlimited",
	 .help =
	     "Rate at which whole frames (Ethernet header included) are sent one after the other.",
	 .example = "20mbit"},
    [SB_KEY_QUEUE] = {SB_SEC_LINK, "queue", SB_TYPE_QUEUE,
		      .standard_is = "100ms; without a rate 10000packets",
		      .help = "Room for frames that wait for the rate, drop-tail: a time at the "
			      "base rate, packets of MTU size, bytes, or multiples of the "
			      "bandwidth-delay product (rate times round trip). What is full here "
			      "is lost: too short starves TCP, too long adds delay under load.",
		      .example = "1.0bdp"},
    [SB_KEY_LOSS] = {SB_SEC_LINK, "loss", SB_TYPE_LOSS, .standard = "none",
		     .help = "Packets lost on the link, before rate and queue. gemodel with a mean "
			     "share and a mean burst (packets lost in a row) is Gilbert's "
			     "model; with p and r (chance per packet to enter and to leave the bad "
			     "state), bad and good (share lost in each) it is Gilbert-Elliott's.",
		     .example = "gemodel 2% burst 4"},
    [SB_KEY_DUPLICATE] = {SB_SEC_LINK, "duplicate", SB_TYPE_PERCENT, 0, SB_PPB, .standard = "0%",
			  .help = "Share of packets of which a second copy is sent.",
			  .example = "0.1%"},
    [SB_KEY_REORDER] = {SB_SEC_LINK, "reorder", SB_TYPE_PERCENT, 0, SB_PPB, .standard = "0%",
			.help = "Share of packets that skip the delay and so overtake.",
			.example = "0.5%"},
    [SB_KEY_CORRUPT] = {SB_SEC_LINK, "corrupt", SB_TYPE_PERCENT, 0, SB_PPB, .standard = "0%",
			.help = "Share of packets in which one bit is flipped.",
			.example = "0.01%"},

    [SB_KEY_EVERY] = {SB_SEC_EVENT, "every", SB_TYPE_TIME, 10 * MS, 24 * HOUR,
		      .help = "Period of the event.", .example = "15s"},
    [SB_KEY_PHASE] = {SB_SEC_EVENT, "phase", SB_TYPE_TIME, 0, 24 * HOUR,
		      .standard_is = "one period",
		      .help = "Time of the first occurrence of a periodic event.",
		      .example = "12s"},
    [SB_KEY_AT] = {SB_SEC_EVENT, "at", SB_TYPE_INSTANTS, 0, 24 * HOUR,
		   .help = "Times of the event since the start of the run, instead of every.",
		   .example = "5s 20s"},
    [SB_KEY_FOR] =
	{SB_SEC_EVENT, "for", SB_TYPE_TIME,
	 MS, 24 * HOUR, .standard_is = "until the next occurrence",
	 .help = "How long delay_step, rate_step and loss hold; an outage has its own length.",
	 .example = "2s"},
    [SB_KEY_CHANCE] = {SB_SEC_EVENT, "chance", SB_TYPE_PERCENT, 0, SB_PPB, .standard = "100%",
		       .help = "Share of the occurrences that happen, drawn for each client.",
		       .example = "50%"},
    [SB_KEY_EVENT_CLIENT] = {SB_SEC_EVENT, "client", SB_TYPE_CLIENTS, 1, SB_MAX_CLIENTS,
			     .standard = "all", .help = "Whose links: all, or numbers of clients.",
			     .example = "1 3"},
    [SB_KEY_EVENT_DIRECTION] = {SB_SEC_EVENT, "direction", SB_TYPE_WORD, .words = "up|down|both",
				.standard = "both", .help = "Which direction of the links.",
				.example = "down"},
    [SB_KEY_OUTAGE] = {SB_SEC_EVENT, "outage", SB_TYPE_OUTAGE, 0, HOUR,
		       .help = "For how long every arriving packet is lost; a fixed time or a "
			       "distribution (median and 90th percentile, or mean).",
		       .example = "lognormal p50 93ms p90 192ms"},
    [SB_KEY_DELAY_STEP] = {SB_SEC_EVENT, "delay_step", SB_TYPE_DELAY_STEP, 0, 10 * SEC,
			   .help = "Change of the delay against the link's base delay, of either "
				   "sign; the delay never falls below zero.",
			   .example = "normal 0ms 5.5ms"},
    [SB_KEY_RATE_STEP] = {SB_SEC_EVENT, "rate_step", SB_TYPE_RATE_STEP, 1000, 1000000000,
			  .help = "Factor on the link's base rate.", .example = "uniform 0.6 1.2"},
    [SB_KEY_EVENT_LOSS] = {SB_SEC_EVENT, "loss", SB_TYPE_LOSS,
			   .help = "Loss instead of the link's own.", .example = "random 10%"},

    [SB_KEY_KIND] = {SB_SEC_FLOW, "kind", SB_TYPE_WORD, .words = "bulk|stream|file|rr|exec",
		     .later = "file|rr|exec",
		     .help = "bulk: TCP as fast as it goes; stream: UDP at a constant rate.",
		     .example = "bulk"},
    [SB_KEY_FLOW_DIRECTION] = {SB_SEC_FLOW, "direction", SB_TYPE_WORD, .words = "up|down|both",
			       .standard = "down",
			       .help = "Which way the payload goes; both makes two flows.",
			       .example = "down"},
    [SB_KEY_STREAMS] = {SB_SEC_FLOW, "streams", SB_TYPE_COUNT, 1, 128, .standard = "1",
			.help = "Parallel connections of a bulk flow.", .example = "4"},
    [SB_KEY_CC] = {SB_SEC_FLOW, "cc", SB_TYPE_NAME, 1, 15, .standard_is = "the kernel's",
		   .help = "Congestion control of a bulk flow, as the kernel calls it.",
		   .example = "bbr"},
    [SB_KEY_FLOW_CLIENT] = {SB_SEC_FLOW, "client", SB_TYPE_CLIENTS, 1, SB_MAX_CLIENTS,
			    .standard = "all",
			    .help = "Whose flow: all, or numbers of clients; each gets its own.",
			    .example = "1"},
    [SB_KEY_START] = {SB_SEC_FLOW, "start", SB_TYPE_TIME, 0, 24 * HOUR, .standard = "0s",
		      .help = "When it starts, since the start of the run.", .example = "5s"},
    [SB_KEY_FLOW_DURATION] = {SB_SEC_FLOW, "duration", SB_TYPE_TIME, 10 * MS, 24 * HOUR,
			      .standard_is = "until the end of the run",
			      .help = "How long it sends.", .example = "20s"},
    [SB_KEY_FLOW_RATE] = {SB_SEC_FLOW, "rate", SB_TYPE_RATE, 1000, UINT64_C(100000000000),
			  .help = "Payload rate of a stream; a stream needs one.",
			  .example = "2mbit"},
    [SB_KEY_PACKET] = {SB_SEC_FLOW, "packet", SB_TYPE_BYTES, 32, 65000, .standard = "1200B",
		       .help = "UDP payload of a stream's datagrams.", .example = "1200B"},
    [SB_KEY_PORT] =
	{SB_SEC_FLOW, "port", SB_TYPE_COUNT, 1024, 65535,
	 .standard_is = "the next free one from 5201",
	 .help =
	     "The server's port; with several clients or directions the first of consecutive ones.",
	 .example = "5201"},

    [SB_KEY_FIDELITY] = {SB_SEC_EXPECT, "fidelity", SB_TYPE_FIDELITY, .words = "pass|warn",
			 .help = "The verdict on the emulation itself; warn accepts both.",
			 .example = "pass"},
    [SB_KEY_GOODPUT] = {SB_SEC_EXPECT, "goodput.FLOW", SB_TYPE_LIMIT_RATE,
			.help = "Payload rate of a flow.", .example = ">= 1mbit"},
    [SB_KEY_RETRANSMITS] = {SB_SEC_EXPECT, "retransmits.FLOW", SB_TYPE_LIMIT_COUNT,
			    .help = "Segments a flow sent again, as captured.",
			    .example = "<= 500"},
    [SB_KEY_LOSS_UP] =
	{SB_SEC_EXPECT, "loss.up", SB_TYPE_LIMIT_PERCENT,
	 .help = "Share of packets the up direction lost, outages and queue drops not counted.",
	 .example = "<= 3%"},
    [SB_KEY_LOSS_DOWN] = {SB_SEC_EXPECT, "loss.down", SB_TYPE_LIMIT_PERCENT,
			  .help = "The same of the down direction.", .example = "<= 3%"},
    [SB_KEY_DELAY_UP] = {SB_SEC_EXPECT, "delay.up", SB_TYPE_LIMIT_TIME,
			 .help = "Median one-way delay of the up direction, queueing not counted.",
			 .example = "<= 30ms"},
    [SB_KEY_DELAY_DOWN] = {SB_SEC_EXPECT, "delay.down", SB_TYPE_LIMIT_TIME,
			   .help = "The same of the down direction.", .example = "<= 30ms"},
};

enum sb_key sb_first_key(enum sb_section_kind kind)
{
	int key = 0;

	while (key < SB_KEY_COUNT && sb_key_rows[key].section < kind)
		key++;
	return (enum sb_key)key;
}

enum sb_key sb_find_key(enum sb_section_kind kind, const char *name)
{
	for (int key = sb_first_key(kind); key < (int)sb_first_key(kind + 1); key++) {
		const char *row = sb_key_rows[key].name, *flow = strstr(row, ".FLOW");
		size_t stem = flow ? (size_t)(flow - row) + 1 : 0;

		if (!strcmp(row, name) || (flow && !strncmp(row, name, stem) && name[stem]))
			return (enum sb_key)key;
	}
	return SB_KEY_COUNT;
}

const char *sb_format_range(char *buf, size_t size, const struct sb_key_row *row)
{
	char low[SB_UNIT_BUF], high[SB_UNIT_BUF];

	buf[0] = '\0';
	if (!row->max || row->max == UINT64_MAX)
		return buf;
	if (row->type == SB_TYPE_TIME || row->type == SB_TYPE_INSTANTS ||
	    row->type == SB_TYPE_OUTAGE) {
		sb_format_time(low, (int64_t)row->min);
		sb_format_time(high, (int64_t)row->max);
	} else if (row->type == SB_TYPE_DELAY_STEP) {
		sb_format_time(low, -(int64_t)row->max);
		sb_format_time(high, (int64_t)row->max);
	} else if (row->type == SB_TYPE_RATE || row->type == SB_TYPE_LINK_RATE) {
		sb_format_rate(low, row->min);
		sb_format_rate(high, row->max);
	} else if (row->type == SB_TYPE_BYTES) {
		snprintf(low, sizeof(low), "%lluB", (unsigned long long)row->min);
		snprintf(high, sizeof(high), "%lluB", (unsigned long long)row->max);
	} else if (row->type == SB_TYPE_PERCENT) {
		sb_format_percent(low, (uint32_t)row->min);
		sb_format_percent(high, (uint32_t)row->max);
	} else if (row->type == SB_TYPE_RATE_STEP) {
		snprintf(low, sizeof(low), "%g", (double)row->min / 1e6);
		snprintf(high, sizeof(high), "%g", (double)row->max / 1e6);
	} else if (row->type == SB_TYPE_COUNT || row->type == SB_TYPE_CLIENTS) {
		snprintf(low, sizeof(low), "%llu", (unsigned long long)row->min);
		snprintf(high, sizeof(high), "%llu", (unsigned long long)row->max);
	} else {
		return buf;
	}
	snprintf(buf, size, "%s to %s", low, high);
	return buf;
}
