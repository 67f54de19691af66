/* SPDX-License-Identifier: MIT */
/*
 * node_proto.h - what orchestrator and node program say to each other
 *
 * One JSON object a line, both ways, on the node program's standard input and output (a socketpair,
 * or a container's attach stream): no control packet crosses the emulated link.  Times are
 * CLOCK_MONOTONIC ns of the machine the nodes share, as JSON integers; "t_ns" of samples counts
 *from the start of the run.
 *
 * To the node:
 *
 *   {"op":"setup","node":"client1","interfaces":["eth0"]}
 *	Offloads (TSO, GSO, GRO) off, read back; a discard socket on UDP port SB_NODE_DISCARD_PORT
 *	(both IP versions).  Answer {"ev":"setup","kernel":"6.1.0","offloads_off":true,
 *	"cc_default":"cubic","cc_available":"reno cubic","tcp_rmem":"...","tcp_wmem":"..."}
 *
 *   {"op":"prepare","sample_ns":N,"flows":[{"id":0,"role":"server"|"client","kind":"bulk"|"stream",
 *     "dir":"up"|"down","streams":1,"cc":"cubic","address":"198.18.1.1","port":5201,
 *     "start_ns":0,"duration_ns":N,"rate_bps":N,"packet_bytes":N}]}
 *	Sockets made, congestion control set and verified, listeners listening ("address" is the
 *	server's, also for the server, which binds it); then all capabilities dropped.
 *	Answer {"ev":"ready"}
 *
 *   {"op":"train","id":N,"address":"198.18.1.1","packets":64,"bytes":1472,"at_ns":N}
 *	At that time send @packets UDP datagrams of @bytes payload back to back to the discard port.
 *	Answer afterwards {"ev":"train","id":N,"sent":64,"start_ns":N,"end_ns":N}
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
 *stream: "packets","lost","reordered","duplicated"} Every sample_ns, at both ends.  "bytes":
 *payload taken by (receiver) or acknowledged to (sender) the application so far.  "retransmits" is
 *tcpi_total_retrans.
 *
 *   {"ev":"done","flow":0,"role":"server","start_ns":N,"end_ns":N,"bytes":N,"retransmits":N,
 *     "cc":"cubic","connected":1,"error":null|"...",
 *"limited":{"rwnd_us":N,"sndbuf_us":N,"busy_us":N}, stream:
 *"packets","lost","reordered","duplicated"} Once per flow and end.  start_ns: first connect() or
 *datagram; end_ns: when measuring ended.  At the end of a bulk flow the sender stops, reads
 *TCP_INFO one last time, and aborts the connection, so that its retransmit count is of exactly the
 *same time as the capture's.
 *
 *   {"ev":"error","kind":"input"|"env"|"internal","msg":"..."}
 *	Something asked for cannot be done; the node goes on listening.
 */
#ifndef SATBED_NODE_PROTO_H
#define SATBED_NODE_PROTO_H

#define SB_NODE_DISCARD_PORT 9
#define SB_NODE_LINE_MAX     (4u << 20)

#endif
