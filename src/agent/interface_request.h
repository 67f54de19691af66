/* SPDX-License-Identifier: MIT */
/* interface_request.h - the part of "setup" that says how a node's interfaces are to be */
#ifndef SATBED_AGENT_ARRANGEMENT_H
#define SATBED_AGENT_ARRANGEMENT_H

#include <jansson.h>

#include "request.h"
#include "satbed/base/err.h"

/** sb_request_arrangement() - "mtu" and "neighbours", both optional; 0 or -1 with @err */
int sb_request_arrangement(const json_t *obj, struct sb_request *out, struct sb_err *err);

#endif
