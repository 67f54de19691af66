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

#define DRAWN "is drawn into the timeline before it plays"

const struct sb_section_row sb_section_rows[SB_SEC_COUNT] = {
    [SB_SEC_SCENARIO] =
	{"scenario", false, "[scenario]",
	 "What the run is called, how long it takes, and the seed of everything random."},
    [SB_SEC_TESTBED] = {"testbed", false, "[testbed]",
			"What the nodes run on, and what all links have in common."},
    [SB_SEC_LINK] =
	{"link", false,
	 "[link]  [link.up]  [link.down]  [link.clientN]  [link.clientN.up]  [link.clientN.down]  "
	 "and "
	 "with several terminals [link.terminalM]  [link.terminalM.up]  [link.clientN.terminalM]  "
	 "[link.clientN.terminalM.up] ...",
	 "One direction of a satellite link: up is client to server, down is server to client. The "
	 "most specific section that has a key wins: "
	 "[link.clientN.up], then [link.clientN], then [link.up], then [link]; one that names the "
	 "terminal comes before all that do not. The order of packets is kept, except by reorder."},
    [SB_SEC_ORBIT] =
	{"orbit", false, "[orbit]",
	 "Delays from geometry: from a terminal to a satellite and on to a gateway, as a "
	 "bent pipe. The way at the speed of light is added to each link's delay, in "
	 "both directions. A satellite is chosen at the run's start and at each "
	 "reconfiguration: of those that terminal and gateway see above the minimum "
	 "elevation until the next one, the highest at the terminal; if there is none, "
	 "of those they see now, and the link is out when it has sunk; if there is none "
	 "either, the link is out."},
    [SB_SEC_EVENT] =
	{"event", true, "[event.NAME]",
	 "Something that happens to a link at given times. All times and values are drawn once, "
	 "from the seed, and kept in the plan. Both directions of a link share its instants, its "
	 "chance and its outages; delay and rate steps are drawn for each direction. Steps are "
	 "relative to the link's base values and hold until the event's next occurrence, or as "
	 "long as `for` says. Where events overlap, delay steps add up, rate steps multiply, the "
	 "latest loss holds, and any outage is an outage."},
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
    [SB_KEY_ORIGIN] =
	{SB_SEC_SCENARIO, "origin", SB_TYPE_WORD, .words = "fitted|published|composed",
	 .standard = "composed",
	 .help =
	     "What the numbers of this link are worth. fitted: by satbed learn to measured series. "
	     "published: each from a publication that measured it. composed: put together of "
	     "several, or set for a purpose. A run is the same with each.",
	 .example = "published"},
    [SB_KEY_TCP] = {SB_SEC_SCENARIO, "tcp", SB_TYPE_TEXT, 1, 60,
		    .help = "What one TCP connection gets on this link, for satbed list: measured "
			    "with the scenario's own seed on the virtual clock.",
		    .example = "cubic 5.39, bbr 62.1 Mbit/s"},
    [SB_KEY_DURATION] = {SB_SEC_SCENARIO, "duration", SB_TYPE_TIME, SEC, 24 * HOUR,
			 .standard = "30s",
			 .help = "How long the run lasts at most, from the first flow's possible "
				 "start to the end of all flows.",
			 .example = "30s"},
    [SB_KEY_UNTIL] =
	{SB_SEC_SCENARIO, "until", SB_TYPE_WORD, .words = "done|duration",
	 .standard_is = "done where all flows are file or exec flows, else duration",
	 .help = "When the run ends: done ends it as soon as every flow has ended, duration "
		 "always lets it last as long as the key duration says. Either way that is the "
		 "longest it can take; the report says how long it took.",
	 .example = "duration"},
    [SB_KEY_SEED] = {SB_SEC_SCENARIO, "seed", SB_TYPE_COUNT, 0, UINT64_MAX, .standard = "1",
		     .help = "Start of all random numbers: the same scenario and seed give the "
			     "same plan on every machine.",
		     .example = "7"},

    [SB_KEY_ENGINE] = {SB_SEC_TESTBED, "engine", SB_TYPE_ENGINE, .max = 255,
		       .words = "auto|native|docker|docker-rootless|podman|podman-rootless|"
				"unix://SOCKET|tcp://HOST:PORT",
		       .standard = "auto",
		       .help = "What runs the nodes. native makes namespaces itself and needs "
			       "neither a daemon nor root; the others are containers of that "
			       "daemon, or of the one that listens at an address. auto takes the "
			       "first that works of docker-rootless, docker, podman-rootless, "
			       "podman and native.",
		       .example = "native"},
    [SB_KEY_PATH] =
	{SB_SEC_TESTBED, "path", SB_TYPE_WORD, .words = "bridge|slirp|pasta", .standard = "bridge",
	 .help = "How packets travel between client and server. bridge: veth, bridge, veth. slirp "
		 "and pasta: through slirp4netns or pasta, as from a rootless container; they end "
		 "TCP connections and make others to the server, so the path is split.",
	 .example = "slirp"},
    [SB_KEY_PLACEMENT] =
	{SB_SEC_TESTBED, "placement", SB_TYPE_WORD, .words = "inside|outside", .standard = "inside",
	 .help =
	     "On a split path: the satellite link is inside, between the client and slirp4netns "
	     "or pasta, or outside, between those and the server. Only with path = slirp or "
	     "path = pasta.",
	 .example = "outside"},
    [SB_KEY_PEP] =
	{SB_SEC_TESTBED, "pep", SB_TYPE_WORD, .words = "none|terminal|gateway|terminal+gateway",
	 .standard = "none",
	 .help = "Performance-enhancing proxies (RFC 3135) as in the modem and the gateway of a "
		 "geostationary system: where one is, TCP connections to the flows' ports end "
		 "there and others go on, with the same addresses and ports, so that neither "
		 "client nor server notices. Everything else, QUIC too, passes as it is. "
		 "pep_cc, pep_rate and pep_buffer say how they send over the satellite. On every "
		 "engine, with path = bridge; auto takes native.",
	 .example = "terminal+gateway"},
    [SB_KEY_BACKEND] = {SB_SEC_TESTBED, "backend", SB_TYPE_WORD, .words = "auto|netem|user",
			.standard = "auto",
			.help = "What impairs: the kernel's netem, or satbed's own link in user "
				"space, which every kernel has. auto takes netem where it works, "
				"but where acknowledgements may fill a queue: netem's counts "
				"packets, not bytes. "
				"A rate that changes during the run needs the modules ifb and "
				"sch_htb with netem.",
			.example = "user"},
    [SB_KEY_CLIENTS] =
	{SB_SEC_TESTBED, "clients", SB_TYPE_COUNT, 1, SB_MAX_CLIENTS, .standard = "1",
	 .help = "Number of clients; each has its own network and its own link to the server.",
	 .example = "2"},
    [SB_KEY_TERMINALS] =
	{SB_SEC_TESTBED, "terminals", SB_TYPE_COUNT, 1, SB_MAX_TERMINALS, .standard = "1",
	 .help =
	     "Satellite terminals of each client, each with a network, an address, an interface "
	     "(eth0, eth1, ...) and a link of its own: [link.terminal2] is the second one's. "
	     "What the client sends from an address leaves by that address's terminal, and "
	     "MPTCP's path manager knows them all. Flows use the first, unless terminal or "
	     "mptcp says otherwise. Only with path = bridge, pep = none and engine = native.",
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
    [SB_KEY_PROBES] =
	{SB_SEC_TESTBED, "probes", SB_TYPE_WORD, .words = "on|off", .standard = "on",
	 .help =
	     "Small datagrams beside the flows, up to 50 a second and mostly below 0.5 % of the "
	     "rate, by which an idle link is measured, too. Bridge paths only.",
	 .example = "off"},
    [SB_KEY_CLOCK] =
	{SB_SEC_TESTBED, "clock", SB_TYPE_WORD, .words = "real|virtual", .standard = "real",
	 .help =
	     "The time the run takes place in. virtual: in a guest whose clock moves only when "
	     "nothing is left to compute, so that a busy machine delays no packet, the same seed "
	     "gives the same result, and time passes as fast as the processor can play it. Nodes "
	     "are native ones; the kernel is one of `satbed kernel list`. No root needed.",
	 .example = "virtual"},
    [SB_KEY_KERNEL] =
	{SB_SEC_TESTBED, "kernel", SB_TYPE_TEXT, 1, 63, .standard = "auto",
	 .help = "Kernel of the virtual clock: a version, its beginning, or a hash, as `satbed "
		 "kernel list` shows them. auto takes the highest version. Only with clock = "
		 "virtual.",
	 .example = "6.12"},

    [SB_KEY_DELAY] =
	{SB_SEC_LINK, "delay", SB_TYPE_TIME, 0, 60 * SEC, .standard = "0ms",
	 .help =
	     "One-way delay of this direction, without queueing. The round trip is up plus down.",
	 .example = "25ms"},
    [SB_KEY_JITTER] = {SB_SEC_LINK, "jitter", SB_TYPE_JITTER, 0, 10 * SEC, .standard = "0ms",
		       .help =
			   "Standard deviation of the delay, which is drawn anew every "
			   "jitter_every and constant in between: packets keep their order. "
			   "Its distribution is normal unless another is named; all have a mean "
			   "of zero. pareto has the shape 3, lognormal the sigma 0.5, "
			   "paretonormal is a quarter normal and three quarters pareto, as "
			   "netem's. table draws from a file of deviations: delay_ms and then "
			   "one value a line; or, with a standard deviation, from one of netem's "
			   ".dist tables (iproute2 has pareto, normal and others), by netem's "
			   "formula. quantiles draws deviations of either sign, linear "
			   "between the given percentiles.",
		       .example = "3ms", .fixed = DRAWN},
    [SB_KEY_JITTER_EVERY] = {SB_SEC_LINK, "jitter_every", SB_TYPE_TIME, MS, 60 * SEC,
			     .standard = "20ms", .help = "How long a drawn delay stays.",
			     .example = "100ms", .fixed = DRAWN},
    [SB_KEY_JITTER_MEMORY] =
	{SB_SEC_LINK, "jitter_memory", SB_TYPE_MEMORY, .standard = "none",
	 .help = "How the drawn delays hang together over time, as rate_memory says it of rates. "
		 "Only with a jitter that is normal, table or quantiles.",
	 .example = "slot 10% 500ms 35%", .fixed = DRAWN},
    [SB_KEY_TRACE] =
	{SB_SEC_LINK, "trace", SB_TYPE_TRACE, .max = 180,
	 .help =
	     "A file, beside the scenario, that says what this direction does over "
	     "time, instead of delay, rate or loss. Either mahimahi's: a time in "
	     "ms a line, each an opportunity to send a packet of 1500 bytes, "
	     "repeated; it becomes a rate in steps of 10ms, and where there is none for "
	     "100ms packets wait until the next. Or columns: a first "
	     "line such as time_ms,delay_ms,rate_mbit,loss_percent, any of them "
	     "but the time may be missing, and an empty field changes nothing. "
	     "Commas, semicolons or tabs are between them; quotes, exponents, "
	     "decimal commas and other columns are allowed, a rate below 1kbit lets "
	     "packets wait. Or two columns without names: seconds and Mbit/s. "
	     "Or a table of TheaterQ, simple or extended: KEEP in us, LATENCY, JITTER in ns, RATE "
	     "in bit/s, LOSS and DUP_PROB of 2^32-1; its LIMIT, less what is under way, is the "
	     "queue "
	     "where no other is written. "
	     "After the last line mahimahi's begins again and the values of others hold, "
	     "unless loop or hold says otherwise. "
	     "Events and jitter come on top. The plan is complete without the "
	     "file.",
	 .example = "trace.csv"},
    [SB_KEY_DELAY_TRACE] =
	{SB_SEC_LINK, "delay_trace", SB_TYPE_DELAY_TRACE, .max = 180,
	 .help =
	     "A file, beside the scenario, of one-way delays in ms, one a line, each for 10ms "
	     "or as long as every says, and then from its start again: the delay_N.txt of "
	     "LeoReplayer, and what forks of mahimahi's mm-delay take. bw_N.txt beside it is the "
	     "trace of the direction that was measured. Packets keep their order when the delay "
	     "falls, other than there, except with reorder = allow. Or columns, such as "
	     "time_ms,delay_ms.",
	 .example = "delay_1.txt every 10ms"},
    [SB_KEY_RATE] =
	{SB_SEC_LINK, "rate", SB_TYPE_LINK_RATE, 1000, UINT64_C(100000000000),
	 .standard = "unlimited",
	 .help =
	     "Rate at which whole frames (Ethernet header included) are sent one after the other. "
	     "quantiles: it is drawn anew every rate_every, linear between the given percentiles; "
	     "a rate too low for one frame in that time is an outage.",
	 .example = "20mbit"},
    [SB_KEY_RATE_EVERY] = {SB_SEC_LINK, "rate_every", SB_TYPE_TIME, 10 * MS, 60 * SEC,
			   .standard = "500ms", .help = "How long a drawn rate stays.",
			   .example = "500ms", .fixed = DRAWN},
    [SB_KEY_RATE_MEMORY] =
	{SB_SEC_LINK, "rate_memory", SB_TYPE_MEMORY, .standard = "none",
	 .help = "How drawn rates hang together over time: which share of the variance is drawn "
		 "once for the run, once for each slot, and which decorrelates exponentially with "
		 "a time constant within a slot. The rest is drawn for each step.",
	 .example = "run 10% slot 13% 5s 69%", .fixed = DRAWN},
    [SB_KEY_SLOT] = {SB_SEC_LINK, "slot", SB_TYPE_TIME, 0, HOUR, .standard = "15s",
		     .help = "Length of the slots of rate_memory and jitter_memory: at their "
			     "boundaries the constellation is reconfigured. 0s: none.",
		     .example = "15s", .fixed = DRAWN},
    [SB_KEY_SLOT_PHASE] = {SB_SEC_LINK, "slot_phase", SB_TYPE_TIME, 0, HOUR, .standard = "12s",
			   .help = "A time at which a slot begins.", .example = "12s",
			   .fixed = DRAWN},
    [SB_KEY_QUEUE] = {SB_SEC_LINK, "queue", SB_TYPE_QUEUE,
		      .standard_is = "100ms; without a rate 10000packets",
		      .help = "Room for frames that wait for the rate: a time at the base rate, "
			      "packets of MTU size, bytes, or multiples of the bandwidth-delay "
			      "product (rate times round trip). What does not fit is dropped: "
			      "too short starves TCP, too long adds delay under load.",
		      .example = "1.0bdp", .fixed = "has its size when the testbed comes up"},
    [SB_KEY_DISCIPLINE] =
	{SB_SEC_LINK, "discipline", SB_TYPE_DISCIPLINE, .standard = "drop-tail",
	 .help = "Which frame is lost when too many wait: the arriving one, the oldest (drop-head; "
		 "with "
		 "a limit also each that waited longer than that), or earlier than that, as CoDel "
		 "(RFC 8289; target 5ms, interval 100ms) or PIE "
		 "(RFC 8033; target 15ms, update 15ms) decide. On a long round trip CoDel's "
		 "interval should be no shorter. Only the user backend has others than drop-tail.",
	 .example = "codel target 5ms interval 600ms", .fixed = "is the queue's from the start"},
    [SB_KEY_OVERHEAD] = {SB_SEC_LINK, "overhead", SB_TYPE_BYTES, 0, 1000, .standard = "0B",
			 .help =
			     "What each frame takes on the link beside itself: framing, padding, "
			     "encapsulation. It counts for the rate, not for the queue.",
			 .example = "24B", .fixed = "holds for the whole run"},
    [SB_KEY_SHARED] =
	{SB_SEC_LINK, "shared", SB_TYPE_WORD, .words = "no|yes", .standard = "no",
	 .help = "yes: rate and queue of this direction are one for all clients that say so, as "
		 "of the terminals in one beam; frames are sent in the order in which they come, "
		 "whoever sent them. Rate, queue, discipline and overhead must be the same for "
		 "all of them, and what events do to rate and queue is drawn once; delay, loss "
		 "and outages stay each client's own. Only the user backend can.",
	 .example = "yes", .fixed = "holds for the whole run"},
    [SB_KEY_PEP_CC] =
	{SB_SEC_LINK, "pep_cc", SB_TYPE_NAME, 1, 15, .standard = "cubic",
	 .help = "Congestion control, as the kernel calls it, of the proxy that sends in this "
		 "direction over the satellite; see pep in [testbed].",
	 .example = "hybla", .fixed = "is the proxy's from the start"},
    [SB_KEY_PEP_RATE] =
	{SB_SEC_LINK, "pep_rate", SB_TYPE_RATE, 1000, UINT64_C(100000000000),
	 .standard_is = "none: it is found by pep_cc alone",
	 .help =
	     "Fixed rate of the proxy that sends in this direction: it begins at that rate, "
	     "without a slow start, and never sends faster; the connections that have something "
	     "to send share it evenly. After losses pep_cc may send more slowly; bbr hardly does.",
	 .example = "20mbit", .fixed = "is the proxy's from the start"},
    [SB_KEY_PEP_BUFFER] =
	{SB_SEC_LINK, "pep_buffer", SB_TYPE_BYTES, 65536, 256000000,
	 .standard_is = "twice the bandwidth-delay product, at least 4 MB",
	 .help = "What the proxy that sends in this direction keeps of each connection, and the "
		 "proxy at the other end receives ahead.",
	 .example = "8MB", .fixed = "is the proxy's from the start"},
    [SB_KEY_LOSS] =
	{SB_SEC_LINK, "loss", SB_TYPE_LOSS, .standard = "none",
	 .help =
	     "Packets lost on the link, before rate and queue. gemodel with a mean share and a "
	     "mean burst "
	     "(packets lost in a row) is Gilbert's model; with p and r (chance per packet to enter "
	     "and to leave the bad state), bad and good (share lost in each) it is "
	     "Gilbert-Elliott's. bursts goes by time: everything is lost for a while, again and "
	     "again; a single TIME is a mean (exponential), lognormal and uniform say more. exact "
	     "names packets by their number, the first is 1; only the user backend can count them.",
	 .example = "gemodel 2% burst 4"},
    [SB_KEY_DUPLICATE] = {SB_SEC_LINK, "duplicate", SB_TYPE_PERCENT, 0, SB_PPB, .standard = "0%",
			  .help = "Share of packets of which a second copy is sent.",
			  .example = "0.1%"},
    [SB_KEY_REORDER] = {SB_SEC_LINK, "reorder", SB_TYPE_REORDER, .standard = "0%",
			.help =
			    "Share of packets that skip the delay and so overtake. allow: none "
			    "does, but when the delay falls packets may overtake those that were "
			    "sent before; otherwise they are held back.",
			.example = "0.5%"},
    [SB_KEY_CORRUPT] = {SB_SEC_LINK, "corrupt", SB_TYPE_PERCENT, 0, SB_PPB, .standard = "0%",
			.help = "Share of packets in which one bit is flipped.",
			.example = "0.01%"},

    [SB_KEY_SHELL] = {SB_SEC_ORBIT, "shell", SB_TYPE_SHELL,
		      .help =
			  "A constellation of circular orbits: one by name, or a Walker pattern "
			  "of altitude, inclination, planes x satellites of each and phasing. At "
			  "the run's start its first satellite is over the equator at the vernal "
			  "equinox's right ascension, going north. The phasing of those by name "
			  "is suggested, the rest is as filed with the FCC.",
		      .example = "starlink-shell-1"},
    [SB_KEY_TLE] = {SB_SEC_ORBIT, "tle", SB_TYPE_TLE, .max = 180,
		    .help =
			"Instead of a shell: a file of two-line elements, beside the scenario, "
			"with or without lines of names, or orbit mean-elements messages (OMM) as "
			"CSV, JSON or XML; sets that are bad, or more than 60 days from start, are "
			"left out with a warning; by SGP4, from 225 minutes a turn on SDP4.",
		    .example = "starlink.tle"},
    [SB_KEY_TERMINAL] = {SB_SEC_ORBIT, "terminal", SB_TYPE_PLACE,
			 .help = "Where the clients' terminal is, on the WGS-84 ellipsoid.",
			 .example = "52.28N 8.05E"},
    [SB_KEY_GATEWAY] = {SB_SEC_ORBIT, "gateway", SB_TYPE_PLACE, .help = "Where the gateway is.",
			.example = "50.1N 8.7E"},
    [SB_KEY_MIN_ELEVATION] = {SB_SEC_ORBIT, "min_elevation", SB_TYPE_DEGREES, .max = 90000000,
			      .standard = "25deg",
			      .help = "How high a satellite must stand over the horizon of both.",
			      .example = "25deg"},
    [SB_KEY_ORBIT_START] = {SB_SEC_ORBIT, "start", SB_TYPE_UTC, .standard = "2026-01-01T00:00:00Z",
			    .help = "Which instant the start of the run is, in UTC.",
			    .example = "2026-03-20T14:46:00Z"},
    [SB_KEY_RECONFIGURE] = {SB_SEC_ORBIT, "reconfigure", SB_TYPE_TIME, SEC, HOUR, .standard = "15s",
			    .help = "Period at which satellites are chosen anew, on a grid that "
				    "begins at midnight UTC.",
			    .example = "15s"},
    [SB_KEY_RECONFIGURE_PHASE] = {SB_SEC_ORBIT, "phase", SB_TYPE_TIME, 0, HOUR, .standard = "12s",
				  .help = "How long after midnight the grid begins.",
				  .example = "12s"},
    [SB_KEY_ORBIT_STEP] = {SB_SEC_ORBIT, "step", SB_TYPE_TIME, 10 * MS, 10 * SEC,
			   .standard = "100ms",
			   .help = "How often the delay is computed; in 100ms a low orbit's delay "
				   "changes by a few microseconds.",
			   .example = "100ms"},
    [SB_KEY_ORBIT_OUTAGE] = {SB_SEC_ORBIT, "outage", SB_TYPE_OUTAGE, 0, HOUR,
			     .help = "How long the link is out when another satellite is chosen; "
				     "drawn for each such handover.",
			     .example = "lognormal p50 93ms p90 192ms"},

    [SB_KEY_EVERY] = {SB_SEC_EVENT, "every", SB_TYPE_SPACING, 10 * MS, 24 * HOUR,
		      .help = "Period of the event; or the distribution of the times between its "
			      "occurrences, then drawn for each client.",
		      .example = "15s"},
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
    [SB_KEY_RAMP] = {SB_SEC_EVENT, "ramp", SB_TYPE_TIME, 20 * MS, HOUR, .standard_is = "at once",
		     .help = "How long delay_step and rate_step take to arrive, and after `for` to "
			     "go away again: a fade, linear, in steps of a thousandth of it, at "
			     "least 10ms and at most 100ms.",
		     .example = "60s"},
    [SB_KEY_CHANCE] = {SB_SEC_EVENT, "chance", SB_TYPE_PERCENT, 0, SB_PPB, .standard = "100%",
		       .help = "Share of the occurrences that happen, drawn for each client.",
		       .example = "50%"},
    [SB_KEY_EVENT_CLIENT] = {SB_SEC_EVENT, "client", SB_TYPE_CLIENTS, 1, SB_MAX_CLIENTS,
			     .standard = "all", .help = "Whose links: all, or numbers of clients.",
			     .example = "1 3"},
    [SB_KEY_EVENT_TERMINAL] = {SB_SEC_EVENT, "terminal", SB_TYPE_CLIENTS, 1, SB_MAX_TERMINALS,
			       .standard = "all",
			       .help = "Which of their terminals: all, or numbers.",
			       .example = "2"},
    [SB_KEY_EVENT_DIRECTION] = {SB_SEC_EVENT, "direction", SB_TYPE_WORD, .words = "up|down|both",
				.standard = "both", .help = "Which direction of the links.",
				.example = "down"},
    [SB_KEY_OUTAGE] = {SB_SEC_EVENT, "outage", SB_TYPE_OUTAGE, 0, HOUR,
		       .help = "For how long every arriving packet is lost; a fixed time, a "
			       "distribution (median and 90th percentile, or mean), two times in "
			       "turn, or, as LeoEM has it, so many times the one-way delay of the "
			       "link before and after the event, the mean of both directions.",
		       .example = "lognormal p50 93ms p90 192ms"},
    [SB_KEY_DELAY_STEP] = {SB_SEC_EVENT, "delay_step", SB_TYPE_DELAY_STEP, 0, 10 * SEC,
			   .help = "Change of the delay against the link's base delay, of either "
				   "sign; alternate takes two in turn. The delay never falls below "
				   "zero.",
			   .example = "normal 0ms 5.5ms"},
    [SB_KEY_RATE_STEP] = {SB_SEC_EVENT, "rate_step", SB_TYPE_RATE_STEP, 1000, 1000000000,
			  .help = "Factor on the link's base rate.", .example = "uniform 0.6 1.2"},
    [SB_KEY_EVENT_LOSS] = {SB_SEC_EVENT, "loss", SB_TYPE_LOSS,
			   .help = "Loss instead of the link's own: none, random or gemodel.",
			   .example = "random 10%"},
    [SB_KEY_EVENT_QUEUE] =
	{SB_SEC_EVENT, "queue", SB_TYPE_WORD, .words = "keep|flush|drop-front", .standard = "keep",
	 .help =
	     "What becomes of frames that wait when the event begins: nothing, all are lost, or "
	     "the oldest until the rest fits the queue, as a time, at the new rate. Only the "
	     "user backend can do the last two.",
	 .example = "flush"},

    [SB_KEY_KIND] = {SB_SEC_FLOW, "kind", SB_TYPE_WORD, .words = "bulk|stream|file|rr|exec|interop",
		     .help =
			 "bulk: TCP as fast as it goes; stream: UDP at a constant rate; file: so "
			 "many bytes over TCP, resumed after a broken or stalled connection and "
			 "compared at the receiver; rr: requests and responses, and how long "
			 "they take; exec: your own server and client; interop: a "
			 "server's and a client's image of the QUIC Interop Runner.",
		     .example = "bulk"},
    [SB_KEY_FLOW_DIRECTION] = {SB_SEC_FLOW, "direction", SB_TYPE_WORD, .words = "up|down|both",
			       .standard = "down",
			       .help = "Which way the payload goes; both makes two flows.",
			       .example = "down"},
    [SB_KEY_STREAMS] = {SB_SEC_FLOW, "streams", SB_TYPE_COUNT, 1, 128, .standard = "1",
			.help = "Parallel connections of a bulk flow.", .example = "4"},
    [SB_KEY_CC] = {SB_SEC_FLOW, "cc", SB_TYPE_NAME, 1, 15, .standard_is = "the kernel's",
		   .help = "Congestion control of a bulk, file or rr flow, as the kernel calls it.",
		   .example = "bbr"},
    [SB_KEY_MPTCP] = {SB_SEC_FLOW, "mptcp", SB_TYPE_WORD, .words = "off|on", .standard = "off",
		      .help = "Multipath TCP (RFC 8684) for a bulk or file flow: it uses all "
			      "terminals of the client at once. Programs of an exec flow use it "
			      "when they ask for it, or by mptcpize run.",
		      .example = "on"},
    [SB_KEY_FLOW_CLIENT] = {SB_SEC_FLOW, "client", SB_TYPE_CLIENTS, 1, SB_MAX_CLIENTS,
			    .standard = "all",
			    .help = "Whose flow: all, or numbers of clients; each gets its own.",
			    .example = "1"},
    [SB_KEY_FLOW_TERMINAL] = {SB_SEC_FLOW, "terminal", SB_TYPE_COUNT, 1, SB_MAX_TERMINALS,
			      .standard = "1",
			      .help = "Over which of the client's terminals it goes; an MPTCP flow "
				      "begins there.",
			      .example = "2"},
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
    [SB_KEY_SIZE] = {SB_SEC_FLOW, "size", SB_TYPE_BYTES, 1, UINT64_C(1) << 40,
		     .help = "How much a file flow transfers; what {bytes} stands for in the "
			     "commands of an exec flow.",
		     .example = "10MB"},
    [SB_KEY_STALL] = {SB_SEC_FLOW, "stall", SB_TYPE_TIME, 100 * MS, HOUR, .standard = "5s",
		      .help = "A connection of a file flow on which nothing moves for so long is "
			      "given up, and the transfer goes on over another one.",
		      .example = "5s"},
    [SB_KEY_TRANSPORT] = {SB_SEC_FLOW, "transport", SB_TYPE_WORD, .words = "tcp|udp",
			  .standard = "tcp",
			  .help = "How an rr flow asks: over one TCP connection, or in datagrams.",
			  .example = "udp"},
    [SB_KEY_REQUEST] = {SB_SEC_FLOW, "request", SB_TYPE_BYTES, 32, 1 << 20, .standard = "100B",
			.help = "Size of each request of an rr flow.", .example = "200B"},
    [SB_KEY_RESPONSE] = {SB_SEC_FLOW, "response", SB_TYPE_BYTES, 32, 1 << 20, .standard = "1000B",
			 .help = "Size of each response of an rr flow.", .example = "20kB"},
    [SB_KEY_FLOW_EVERY] =
	{SB_SEC_FLOW, "every", SB_TYPE_TIME, MS / 10, HOUR,
	 .standard_is = "as soon as the last answer has come",
	 .help = "Time between the requests of an rr flow, answered or not. A latency counts from "
		 "when its request was due, so a stall is seen by every request that meets it.",
	 .example = "50ms"},
    [SB_KEY_TIMEOUT] = {SB_SEC_FLOW, "timeout", SB_TYPE_TIME, MS, HOUR, .standard = "5s",
			.help =
			    "An answer of an rr flow that takes longer, or never comes, counts "
			    "as a timeout; one that comes late counts among the latencies, too.",
			.example = "2s"},
    [SB_KEY_SERVER_COMMAND] =
	{SB_SEC_FLOW, "server_command", SB_TYPE_TEXT, 1, SB_COMMAND_MAX - 1,
	 .help = "What an exec flow runs on the server, by /bin/sh -c. {server}, {client} (their "
		 "addresses), {port} and {bytes} are replaced; a brace itself is written {{.",
	 .example = "iperf3 -s -p {port}"},
    [SB_KEY_CLIENT_COMMAND] =
	{SB_SEC_FLOW, "client_command", SB_TYPE_TEXT, 1, SB_COMMAND_MAX - 1,
	 .help = "The same on the client. Ended when the flow ends; an exit status that is not 0 "
		 "makes the run fail.",
	 .example = "iperf3 -c {server} -p {port} -n {bytes}"},
    [SB_KEY_FILES] = {SB_SEC_FLOW, "files", SB_TYPE_TEXT, 1, SB_COMMAND_MAX - 1,
		      .help =
			  "Files copied to the directory where an exec flow's commands start, on "
			  "both sides: paths as seen from the scenario, blanks between them.",
		      .example = "tools/client.py tools/server.py"},
    [SB_KEY_READY] = {SB_SEC_FLOW, "ready", SB_TYPE_TIME, 0, HOUR, .standard = "2s",
		      .help = "How long to wait for an exec flow's server to listen on its port "
			      "before the run begins; after that it begins all the same.",
		      .example = "10s"},
    [SB_KEY_USER] = {SB_SEC_FLOW, "user", SB_TYPE_TEXT, 1, SB_USER_MAX - 1,
		     .standard_is = "the node's own",
		     .help = "Who runs the commands of an exec flow: NAME, UID or UID:GID, as the "
			     "node's /etc/passwd knows them. Any other user than the node's own "
			     "has no capabilities, and cannot write to the directory where "
			     "the commands start. Without root, native nodes have one user only.",
		     .example = "nobody"},

    [SB_KEY_SETUP] =
	{SB_SEC_FLOW, "setup", SB_TYPE_TEXT, 1, SB_COMMAND_MAX - 1,
	 .help = "What an exec flow runs on both nodes before anything is measured, by /bin/sh -c: "
		 "tunnels, routes and what else takes rights over the node's own network "
		 "(CAP_NET_ADMIN, CAP_NET_RAW), which commands do not have later. SATBED_NODE in "
		 "its environment says where it is; braces are replaced as in client_command. "
		 "It has 10s, and an exit status that is not 0 ends the run.",
	 .example = "sh tunnel.sh {server} {port}"},
    [SB_KEY_SERVER_IMAGE] = {SB_SEC_FLOW, "server_image", SB_TYPE_TEXT, 1, SB_IMAGE_MAX - 1,
			     .help =
				 "The server of an interop flow: an image that follows the "
				 "contract of the QUIC Interop Runner, run as the server's node on "
				 "a container engine.",
			     .example = "martinthomson/neqo-qns"},
    [SB_KEY_CLIENT_IMAGE] = {SB_SEC_FLOW, "client_image", SB_TYPE_TEXT, 1, SB_IMAGE_MAX - 1,
			     .standard_is = "the server's",
			     .help = "The client of an interop flow.",
			     .example = "martenseemann/quic-go-interop"},
    [SB_KEY_TESTCASE] = {SB_SEC_FLOW, "testcase", SB_TYPE_NAME, 1, SB_TESTCASE_MAX - 1,
			 .standard = "transfer",
			 .help = "What the images of an interop flow find in TESTCASE: handshake, "
				 "transfer, http3, ... An image that does not know it exits with "
				 "status 127.",
			 .example = "http3"},
    [SB_KEY_SIZES] = {SB_SEC_FLOW, "sizes", SB_TYPE_TEXT, 1, 180, .standard = "10MB",
		      .help = "Sizes of the files that the client of an interop flow downloads, at "
			      "most 16 and 400MB together; each is compared with the server's.",
		      .example = "2MB 3MB 5MB"},

    [SB_KEY_FIDELITY] = {SB_SEC_EXPECT, "fidelity", SB_TYPE_FIDELITY, .words = "pass|warn",
			 .help = "The verdict on the emulation itself; warn accepts both.",
			 .example = "pass"},
    [SB_KEY_GOODPUT] = {SB_SEC_EXPECT, "goodput.FLOW", SB_TYPE_LIMIT_RATE,
			.help = "Payload rate of a flow.", .example = ">= 1mbit"},
    [SB_KEY_RETRANSMITS] = {SB_SEC_EXPECT, "retransmits.FLOW", SB_TYPE_LIMIT_COUNT,
			    .help = "Segments a flow sent again, as captured.",
			    .example = "<= 500"},
    [SB_KEY_COMPLETION] = {SB_SEC_EXPECT, "completion.FLOW", SB_TYPE_LIMIT_TIME,
			   .help = "Time a file flow took to arrive whole and undamaged; one that "
				   "has not by its end does not hold.",
			   .example = "<= 20s"},
    [SB_KEY_LATENCY] =
	{SB_SEC_EXPECT, "latency.FLOW.p99", SB_TYPE_LIMIT_TIME,
	 .help = "A quantile of an rr flow's latencies: p50, p90, p95, p99, p999 or max.",
	 .example = "<= 300ms"},
    [SB_KEY_TIMEOUTS] = {SB_SEC_EXPECT, "timeouts.FLOW", SB_TYPE_LIMIT_COUNT,
			 .help = "Requests of an rr flow that were not answered in time.",
			 .example = "<= 3"},
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
    [SB_KEY_REPORT_PLACE] =
	{SB_SEC_EXPECT, "/PLACE", SB_TYPE_LIMIT_NUMBER,
	 .help = "Any number of run.json by its place, in the unit it has there: the names of "
		 "members with a / before each; of a list the name or client of an entry, or its "
		 "number from 0. What is not there does not hold; true is 1.",
	 .example = "<= 120.5"},
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

		if (row[0] == '/' && name[0] == '/' && name[1])
			return (enum sb_key)key;

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
	    row->type == SB_TYPE_OUTAGE || row->type == SB_TYPE_SPACING) {
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
