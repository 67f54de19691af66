/* SPDX-License-Identifier: MIT */
/*
 * engine_proxy.h - a terminal or a gateway as a program of its own, in a container of a daemon's
 *
 * One JSON object a line, on standard input and output:
 *
 *   {"op":"proxy","plan":{...},"link":0,"sends":"up","node_address":"198.18.1.3",
 *    "satellite_address":"198.18.65.3"}
 *	Which one it is: of that link, the terminal ("up") or the gateway ("down"); and by which addresses it
 *	finds its two interfaces.  Routes, rules and the proxy are there when the answer comes, and its
 *	capabilities are dropped.
 *	{"ev":"proxy","ends":[{"index":5,"peer":6},{"index":7,"peer":8}]}	the node's side, the
 *	satellite's; "peer": index of the veth's other half, where that is
 *   {"op":"facts"}
 *	{"ev":"facts","facts":{"terminal":{"connections":2,...},"cpu_s":0.1}}	as one of "relays" of the
 *	native engine's emulator
 *
 * What cannot be done is answered by {"ev":"error",...}.  It ends when its standard input does.
 */
#ifndef SATBED_ENGINE_PROXY_H
#define SATBED_ENGINE_PROXY_H

/** sb_proxy_main() - its whole life; the exit status */
int sb_proxy_main(int in_fd, int out_fd);

#endif
