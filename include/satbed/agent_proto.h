/* SPDX-License-Identifier: MIT */
/*
 * agent_proto.h - what orchestrator and agent say to each other
 *
 * One JSON object a line, both ways, on the agent's standard input and output (a socketpair,
 * or a container's attach stream): no control packet crosses the emulated link.  Times are
 * CLOCK_MONOTONIC ns of the machine the nodes share, as JSON integers; "t_ns" of samples counts
 * from the start of the run.
 *
 * To the node:
 *
 *   {"op":"setup","node":"client1","interfaces":["eth0"]}
 *	Offloads (TSO, GSO, GRO) off, read back; a discard socket on UDP port SB_NODE_DISCARD_PORT
 *	(both IP versions).  Answer {"ev":"setup","kernel":"6.1.0","offloads_off":true,
 *	"cc_default":"cubic","cc_available":"reno cubic","tcp_rmem":"...","tcp_wmem":"...",
 *	"seccomp":true,"landlock":7}: is the agent confined by a filter for system calls, and by which
 *	version of Landlock (0 = none)?
 *
 *	Optional: "server":"198.18.1.1", told to commands; "mtu":1500 for those interfaces;
 *	"neighbours":[{"interface":"eth0", "address":"198.18.1.2","mac":"02:..."}], made permanent, so
 *	that no address resolution crosses the emulated link.
 *
 *   {"op":"look"}
 *	Answer {"ev":"look","os_release":"...","interfaces":[{"name":"eth0","mac":"02:...",
 *	"index":5,"peer":6,"mtu":1500,"addresses":["198.18.1.1/24","fd5a:7bed:1::1/64"]}]}
 *	"peer": index of a veth's other half, in the namespace where that is; 0 for other kinds.
 *	Addresses that are still being checked for duplicates are left out.
 *
 *   {"op":"prepare","sample_ns":N,"flows":[{"id":0,"role":"server"|"client","kind":"bulk"|"stream",
 *     "dir":"up"|"down","streams":1,"cc":"cubic","address":"198.18.1.1","port":5201,
 *     "start_ns":0,"duration_ns":N,"rate_bps":N,"packet_bytes":N}]}
 *	Kind "file": "size_bytes","seed","stall_ns"; kind "rr": "transport":"tcp"|"udp",
 *	"request_bytes","response_bytes","interval_ns" (0 = when the answer has come),"timeout_ns".
 *	Kind "session": "path" of a file in the work directory (struct sb_node_session_head);
 *	"peer": the client's address; "first_port": the client's port of the file's first flow,
 *	those of the others follow; "through":"link"|"relay": through a relay a flow is known by
 *	its number, which is its client's first four bytes.
 *	Sockets made, congestion control set and verified, listeners listening ("address" is the
 *	server's, also for the server, which binds it); then all capabilities dropped.
 *	"other_users":true: but for what the launcher takes to start commands with "user".
 *	Answer {"ev":"ready"}
 *
 *   {"op":"train","id":N,"address":"198.18.1.1","packets":64,"bytes":1472,"at_ns":N}
 *	At that time send @packets UDP datagrams of @bytes payload back to back to the discard port.
 *	Answer afterwards {"ev":"train","id":N,"sent":64,"start_ns":N,"end_ns":N}
 *
 *   {"op":"rtt","id":N,"address":"198.18.1.1","packets":40,"give_up_ns":N}
 *	Before "prepare": so many ICMP echoes, one after the other, for so long at most.  Answer
 *	{"ev":"rtt","id":N,"answered":40,"p50_ns":N,"p99_ns":N}, or "answered":0 and "why"
 *
 *   {"op":"file","path":"client.py","offset":0,"mode":493,"data":"BASE64"}
 *	Written to the node's work directory, a tmpfs of its own where commands start; directories
 *	on the way are made, ".." is refused.  "offset" 0 makes the file anew, any other one is the
 *	size it has: a large file comes in pieces of at most SB_NODE_FILE_BYTES.  "mode" as chmod()
 *	takes it; optional, 0644.  Answer {"ev":"file","path":"client.py","bytes":N}, its size now
 *
 *   {"op":"pattern","path":"file1.bin","bytes":N,"seed":N,"check":true}
 *	A file in the work directory with the noise that belongs to the seed, as file flows send it: made,
 *	or with "check" compared.  Answer {"ev":"pattern","size":N,"good":N}: its size, -1 = no such file,
 *	and how many bytes from the first on are as they should be.
 *
 *   {"op":"run","id":N,"argv":["sh","-c","..."],"tty":true,"rows":24,"cols":80,
 *    "env":["TERM=xterm"],"cwd":"/home/me","window":262144,"user":"nobody"}
 *	A command of the user's, in a session of its own, with no capability but CAP_NET_RAW and
 *	CAP_NET_ADMIN over the node's own network, and those only where the node still has them
 *	(before "prepare").  Only "id" (of no other command that runs) and "argv" must be there.
 *	Its environment is the node's with SATBED_NODE, SATBED_SERVER (the server's address) and
 *	"env"; HOME is the work directory where neither has one.  "cwd": where it starts, else (and
 *	where that cannot be entered) in the work directory.  "user": NAME, UID or UID:GID of the node's /etc/passwd;
 *	without it, and for 0, the node's own.  Others have no capability.  Up to SB_NODE_COMMANDS at a time. Then
 *	{"ev":"output","id":N,"fd":1,"data":"BASE64"}, of a tty all as fd 1, and at its end, after
 *	all output that came before,
 *	{"ev":"exit","id":N,"status":N}  (or "signal":N, or "error":"..." when it could not be run)
 *	What it started and left behind lives on, its output unread, until it ends or is signalled.
 *
 *	"window": no more than so many bytes of its output are under way that have not been
 *	acknowledged by {"op":"taken","id":N,"bytes":N}; what it writes beyond waits in its pipes,
 *	so that one slow reader stops its own command only.  Without it nothing needs to be
 *	acknowledged.
 *   {"op":"input","id":N,"data":"BASE64","eof":true}	both keys optional
 *	{"ev":"taken","id":N,"bytes":N} as the command takes it; of what it has not taken no more
 *	than SB_NODE_INPUT_MAX bytes may be under way
 *   {"op":"close","id":N,"fd":1}	nobody reads this output any more: the command's next
 *	write to it fails as to any closed pipe
 *   {"op":"resize","id":N,"rows":N,"cols":N}
 *   {"op":"signal","id":N,"signal":15}	to the command and all it started; 9 leaves none of them
 *	Of a command that is not there (it may just have ended) these say nothing.
 *
 *   {"op":"qlog","name":"","offset":0}
 *	What programs wrote to the directory that commands know as QLOGDIR, "qlog" in the work directory,
 *	which everybody may write to.  Without a name {"ev":"qlog","left_out":N,"data":"BASE64"}: the
 *	names there, a newline behind each; left out are those that are not plain (letters, digits, ._-)
 *	or do not fit.  With one of them {"ev":"qlog","data":"BASE64"}: the next 4096 bytes from "offset" on,
 *	less at the file's end.
 *
 *   {"op":"listens","port":N}
 *	Answer {"ev":"listens","port":N,"tcp":true,"udp":false}: is anybody there, at any address?
 *
 *   {"op":"packets","path":"replay.packets","interface":"eth0"}
 *	A file in the work directory, of struct sb_node_packets_head and as many struct
 *	sb_node_packet: whole frames, sent as they are out of that interface at t0_ns + at_ns, while
 *	nothing is allocated.  Once, before "prepare".  Answer {"ev":"packets","count":N}; when the
 *	last one has gone, or at "stop",
 *	{"ev":"packets_done","sent":N,"failed":N,"late_p50_ns":N,"late_p99_ns":N,"late_max_ns":N}
 *
 *   {"op":"start","t0_ns":N}	the run's zero; flows start at t0_ns + start_ns
 *   {"op":"stop"}		end all flows now, report as at their normal end
 *   {"op":"quit"}		exit 0; so does end of file
 *
 * From the node, besides the answers:
 *
 *   {"ev":"sample","flow":0,"role":"server","stream":0,"t_ns":N,"bytes":N, TCP_INFO fields (bulk):
 *     "rtt_us","rttvar_us","min_rtt_us","cwnd","ssthresh","unacked","retransmits","delivery_rate_bps",
 *     "rwnd_limited_us","sndbuf_limited_us","busy_us","dsack_dups","reord_seen","pmtu","mss"; for
 *     stream: "packets","lost","reordered","duplicated"}
 *	Every sample_ns, at both ends.  "bytes": payload taken by (receiver) or acknowledged to
 *	(sender) the application so far.  "retransmits" is tcpi_total_retrans.
 *
 *   {"ev":"done","flow":0,"role":"server","start_ns":N,"end_ns":N,"bytes":N,"retransmits":N,
 *     "cc":"cubic","connected":1,"error":null|"...",
 *     "limited":{"rwnd_us":N,"sndbuf_us":N,"busy_us":N}, stream:
 *     "packets","lost","reordered","duplicated"}
 *	Once per flow and end.  start_ns: first connect() or datagram; end_ns: when measuring ended.
 *	At the end of a bulk flow the sender stops, reads TCP_INFO one last time, and aborts the
 *	connection, so that its retransmit count is of exactly the same time as the capture's.
 *
 *   {"ev":"session_flow","flow":0,"role":"client","index":0,"open_ns":N,"received":N,
 *     "given":N,"retransmits":N,"sent":N,"arrived":N,"error":null|"..."}
 *	Kind session, before its "done": one flow of its file.  open_ns: since the run's zero, -1 =
 *	never; "received", "given": payload bytes; "sent", "arrived": datagrams (UDP).
 *   {"ev":"session_times","flow":0,"role":"client","first":N,"data":"BASE64"}
 *	Turns from the first on: int64_t ns since the run's zero, when this end began its own, or
 *	had all of the other end's; -1 = never.
 *
 *   {"ev":"cpu","us":N}	after "stop": processor time since "start", of the node and of the
 *	commands that have ended
 *
 *   {"ev":"error","kind":"input"|"env"|"internal","msg":"..."}
 *	Something asked for cannot be done; the node goes on listening.
 */
#ifndef SATBED_AGENT_PROTO_H
#define SATBED_AGENT_PROTO_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define SB_NODE_DISCARD_PORT  9
#define SB_NODE_LINE_MAX      (4u << 20)
#define SB_NODE_COMMANDS      64
#define SB_NODE_FILE_BYTES    (1u << 20)
#define SB_NODE_INPUT_MAX     (256u << 10)
#define SB_NODE_QLOG_NAME_MAX 160u

/* Orchestrator and nodes are of one architecture: files of packets are in its byte order. */
#define SB_NODE_PACKETS_MAGIC UINT64_C(0x31544b5042544153) /* "SATBPKT1" */
#define SB_NODE_PACKETS_ALIGN 8u
#define SB_NODE_FRAME_MAX     65549u /* an IP packet and an Ethernet header */

struct sb_node_packets_head {
	uint64_t magic, count;
};

/**
 * struct sb_node_packet - one frame, in the order of @at_ns
 * @len:	of the frame as it is sent
 * @stored:	bytes of it that follow, padded to SB_NODE_PACKETS_ALIGN; the others are zeros
 */
struct sb_node_packet {
	int64_t at_ns;
	uint32_t len, stored;
};

/* The session of an application (replay_session.h): flows, then the turns of all of them. */
#define SB_NODE_SESSION_MAGIC UINT64_C(0x3153455342544153) /* "SATBSES1" */
#define SB_NODE_SESSION_PORT  20000u			   /* the client's, of the first flow */

struct sb_node_session_head {
	uint64_t magic, flows, turns;
};

/** struct sb_node_session_flow - @first, @count: its turns, in the order of the file */
struct sb_node_session_flow {
	int64_t start_ns;
	uint64_t first, count;
	uint64_t is_udp;
};

/** struct sb_node_session_turn - as struct sb_session_turn; @from_server: whose bytes they are */
struct sb_node_session_turn {
	int64_t wait_ns;
	uint64_t bytes, needs;
	uint64_t from_server;
};

/** sb_node_qlog_name_is_plain() - may a file of QLOGDIR have this name?  Asked at both ends */
static inline bool sb_node_qlog_name_is_plain(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= SB_NODE_QLOG_NAME_MAX && name[0] != '.' &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
		   len;
}

#endif
