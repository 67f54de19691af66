/* SPDX-License-Identifier: MIT */
/* link_load.h - both captures of a link into the two directions' packets and the flows */
#ifndef SATBED_ANALYSIS_LINK_LOAD_H
#define SATBED_ANALYSIS_LINK_LOAD_H

#include "analysis/flows/flows.h"
#include "analysis/verdict/verdict.h"

/**
 * struct sb_link_load - the packets of one link
 * @passages:	indexed by enum sb_dir
 * @known_until_ns: the latest time in either capture
 */
struct sb_link_load {
	struct sb_packet_match packet_matches[2];
	int64_t known_until_ns;
};

/**
 * sb_link_load_capture() - read one capture to its end
 *
 * Every frame counts that one of the link's two endpoints sent (by source MAC), whatever its
 * protocol: address resolution and multicast listener reports cross the link, and are lost on it,
 * too.  That is what the shaper sees.  Frames of anybody else (the bridge itself) do not cross it.
 * On a split path only packets to and from the server count.  Of the other leg only the flows are
 * told.  @flows may be NULL: nobody is.
 */
void sb_link_load_capture(struct sb_link_load *load, struct sb_flows *flows,
			  const struct sb_analysis_input *in, size_t link, enum sb_point side,
			  struct sb_pcap *pcap, struct sb_capture_facts *facts);
/** sb_link_load_file() - the same of the file that @in names; 0, or -1 with @err: it is no capture
 */
int sb_link_load_file(struct sb_link_load *load, struct sb_flows *flows,
		      const struct sb_analysis_input *in, size_t link, enum sb_point side,
		      struct sb_capture_facts *facts, struct sb_err *err);
void sb_link_load_fini(struct sb_link_load *load);

#endif
